use std::collections::BTreeSet;

use wxlogin_domain::model::Malformed;
use wxlogin_domain::ports::{KeyedTag, StoreError};

pub(super) fn tag(bytes: Vec<u8>, column: &'static str) -> Result<KeyedTag, StoreError> {
    fixed(bytes, column).map(KeyedTag)
}

pub(super) fn fixed<const N: usize>(
    bytes: Vec<u8>,
    column: &'static str,
) -> Result<[u8; N], StoreError> {
    bytes.try_into().map_err(|_| unexpected(column))
}

pub(super) fn words<T: Ord>(
    text: &str,
    parse: fn(&str) -> Result<T, Malformed>,
    column: &'static str,
) -> Result<BTreeSet<T>, StoreError> {
    text.split_whitespace().map(|word| checked(word, parse, column)).collect()
}

pub(super) fn optional<T>(
    text: Option<String>,
    parse: fn(&str) -> Result<T, Malformed>,
    column: &'static str,
) -> Result<Option<T>, StoreError> {
    text.map(|text| checked(&text, parse, column)).transpose()
}

pub(super) fn checked<T>(
    text: &str,
    parse: fn(&str) -> Result<T, Malformed>,
    column: &'static str,
) -> Result<T, StoreError> {
    parse(text).map_err(|_| unexpected(column))
}

pub(super) fn unexpected(column: &'static str) -> StoreError {
    StoreError::Unexpected(format!("{column} holds a value that cannot be read"))
}
