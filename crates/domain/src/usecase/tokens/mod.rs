//! What a signed-in person holds and how it is checked: access and refresh tokens, the keys they
//! are signed with, sessions, revocations, and introspection for back ends.

pub mod access_tokens;
pub mod current_user;
pub mod introspection;
pub mod refresh;
pub mod refresh_tokens;
pub mod revocations;
pub mod sessions;
pub mod signing_keys;
