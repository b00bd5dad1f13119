//! What breaks off, what that leaves, and how it is made up for.

mod erasure;
mod import;
mod login;
mod moving;
mod outbox;
