//! Between documents and the domain's values. Whatever a document holds that the domain would not
//! take is reported as unexpected, never guessed at.

mod accounts;
mod sessions;
mod shared;

use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{self, Binary, Bson, Document, Uuid};
use serde::Serialize;
use wxlogin_domain::model::Malformed;
use wxlogin_domain::ports::KeyedTag;

pub(crate) use accounts::{conflict, identity, identity_key, session_key, status, user};
pub(crate) use sessions::{replayed, revocation, session, stored_session};
pub(crate) use shared::{
    api_client, audit_event, deployment, signing_key, stored_api_client, stored_audit_event,
    stored_deployment, stored_signing_key,
};

use crate::error::Failure;

pub(crate) fn tag(binary: &Binary, field: &'static str) -> Result<KeyedTag, Failure> {
    bytes(binary, field).map(KeyedTag)
}

pub(crate) fn binary(bytes: &[u8]) -> Binary {
    Binary { subtype: BinarySubtype::Generic, bytes: bytes.to_vec() }
}

pub(crate) fn to_bson(id: uuid::Uuid) -> Uuid {
    Uuid::from_bytes(id.into_bytes())
}

pub(crate) fn from_bson(id: Uuid) -> uuid::Uuid {
    uuid::Uuid::from_bytes(id.bytes())
}

/// A part of a filter or an update.
pub(crate) fn value(part: &impl Serialize) -> Result<Bson, Failure> {
    let refused = |_| Failure::Unexpected("a value cannot be stored".into());
    bson::serialize_to_bson(part).map_err(refused)
}

/// A whole document.
pub(crate) fn document(whole: &impl Serialize) -> Result<Document, Failure> {
    let refused = |_| Failure::Unexpected("a value cannot be stored".into());
    bson::serialize_to_document(whole).map_err(refused)
}

pub(crate) fn unexpected(field: &str) -> Failure {
    Failure::Unexpected(format!("{field} holds a value that cannot be read"))
}

fn bytes<const N: usize>(binary: &Binary, field: &'static str) -> Result<[u8; N], Failure> {
    binary.bytes.as_slice().try_into().map_err(|_| unexpected(field))
}

fn optional<T>(
    text: Option<&str>,
    parse: fn(&str) -> Result<T, Malformed>,
    field: &'static str,
) -> Result<Option<T>, Failure> {
    text.map(|text| checked(text, parse, field)).transpose()
}

fn checked<T>(
    text: &str,
    parse: fn(&str) -> Result<T, Malformed>,
    field: &'static str,
) -> Result<T, Failure> {
    parse(text).map_err(|_| unexpected(field))
}
