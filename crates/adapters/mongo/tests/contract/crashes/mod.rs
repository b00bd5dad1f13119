//! Crashes between two writes: what ports show afterwards, and how the next call recovers.

mod erasure;
mod import;
mod login;
mod merge;
mod outbox;
mod transfer;
