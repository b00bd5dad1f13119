//! Conversions between documents and the domain's values. A stored value that the domain does not accept
//! is an error; nothing is guessed.

mod accounts;
mod sessions;
mod shared;
mod values;

pub(crate) use accounts::{conflict, identity, identity_key, session_keys, status, user};
pub(crate) use sessions::{replayed, revocation, session, stored_session};
pub(crate) use shared::{
    api_client, audit_event, deployment, signing_key, stored_api_client, stored_audit_event,
    stored_deployment, stored_signing_key,
};
pub(crate) use values::{binary, document, from_bson, to_bson, unexpected, value};
