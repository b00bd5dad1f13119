//! The ids and times of examples.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use wxlogin_domain::model::Timestamp;

use super::date_time::date_time;

pub(crate) fn user() -> Uuid {
    USER
}

pub(crate) fn app() -> String {
    APP.into()
}

pub(crate) fn session() -> Uuid {
    SESSION
}

pub(crate) fn event() -> Uuid {
    EVENT
}

pub(crate) fn reason() -> String {
    "requested".into()
}

pub(crate) fn recycled() -> String {
    "recycled".into()
}

pub(super) const USER: Uuid = Uuid::from_u128(0x019b_0000_7000_7000_8000_0000_0000_0001);
pub(super) const SESSION: Uuid = Uuid::from_u128(0x019b_0000_7000_7000_8000_0000_0000_0002);
pub(super) const EVENT: Uuid = Uuid::from_u128(0x019b_0000_7000_7000_8000_0000_0000_0003);
pub(super) const TOKEN: Uuid = Uuid::from_u128(0x019b_0000_7000_7000_8000_0000_0000_0004);
pub(super) const OTHER_USER: Uuid = Uuid::from_u128(0x019b_0000_7000_7000_8000_0000_0000_0005);
pub(super) const APP: &str = "wxdev0000000000001";
pub(super) const ISSUER: &str = "https://login.example.com";

/// Returns the time this many hours after the start of 2026.
pub(super) fn hours(hours: i64) -> DateTime<Utc> {
    date_time(Timestamp::from_seconds(seconds(hours)))
}

/// The same time in seconds since 1970.
pub(super) const fn seconds(hours: i64) -> i64 {
    1_767_225_600 + hours * 3600
}
