//! Conversions between documents and the domain's values. A stored value that the domain does not accept
//! is an error; nothing is guessed.

mod accounts;
mod sessions;
mod shared;
mod values;

pub(crate) use accounts::{
    conflict, conflict_key, identity, identity_key, new_conflict, new_identity, new_union_id,
    new_user, set_phone_tag, set_user, status, stored_identity, stored_user, tombstone,
    union_owner, user, user_id,
};
pub(crate) use sessions::{
    new_session, parsed_session, replayed, revocation, session, stored_session,
};
pub(crate) use shared::{
    api_client, audit_event, deployment, signing_key, stored_api_client, stored_audit_event,
    stored_deployment, stored_signing_key,
};
pub(crate) use values::{binary, document, from_bson, to_bson, unexpected, value};
