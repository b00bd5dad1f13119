use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{self, Binary, Bson, Document, Uuid};
use serde::Serialize;
use wxlogin_domain::model::Malformed;
use wxlogin_domain::ports::KeyedTag;

use crate::error::Failure;

pub(crate) fn keyed_tag(binary: &Binary, field: &'static str) -> Result<KeyedTag, Failure> {
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

/// Serialises a part of a filter or an update.
pub(crate) fn value(part: &impl Serialize) -> Result<Bson, Failure> {
    let refused = |_| Failure::Unexpected("cannot serialise a value".into());
    bson::serialize_to_bson(part).map_err(refused)
}

/// Serialises a whole document.
pub(crate) fn document(whole: &impl Serialize) -> Result<Document, Failure> {
    let refused = |_| Failure::Unexpected("cannot serialise a value".into());
    bson::serialize_to_document(whole).map_err(refused)
}

pub(crate) fn unexpected(field: &str) -> Failure {
    Failure::Unexpected(format!("cannot read the value of {field}"))
}

pub(super) fn bytes<const N: usize>(
    binary: &Binary,
    field: &'static str,
) -> Result<[u8; N], Failure> {
    binary.bytes.as_slice().try_into().map_err(|_| unexpected(field))
}

pub(super) fn optional<T>(
    text: Option<&str>,
    parse: fn(&str) -> Result<T, Malformed>,
    field: &'static str,
) -> Result<Option<T>, Failure> {
    text.map(|text| checked(text, parse, field)).transpose()
}

pub(super) fn checked<T>(
    text: &str,
    parse: fn(&str) -> Result<T, Malformed>,
    field: &'static str,
) -> Result<T, Failure> {
    parse(text).map_err(|_| unexpected(field))
}
