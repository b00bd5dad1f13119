//! Access and refresh tokens: issuing, checking, rotating and revoking them, the keys they are
//! signed with, the sessions they belong to, and introspection for back ends. `current_user` is
//! where a token is checked for a request, the ban included.

pub mod access_tokens;
pub mod current_user;
pub mod introspection;
pub mod refresh;
pub mod refresh_tokens;
pub mod revocations;
mod revoked;
pub mod sessions;
pub mod signing_keys;
