//! Between rows and the domain's values. Whatever a row holds that the domain would not take is
//! reported as unexpected, never guessed at.

mod account;
mod other;
mod session;
mod value;

pub(crate) use account::{
    conflict, conflict_row, identity, identity_key, identity_row, stored_identity, stored_user,
    tombstone, tombstone_row, union_owner, union_owner_row, user, user_row,
};
pub(crate) use other::{
    api_client, api_client_row, audit_event, audit_event_row, deployment, signing_key,
};
pub(crate) use session::{generation, replayed, session, session_row, stored_session};
