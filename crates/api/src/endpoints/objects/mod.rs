//! What the endpoints take and give, beside what only one of them knows.

mod audit;
mod introspection;
mod key_set;
mod managed_user;
mod merging;
mod metadata;
mod phone;
mod session;
mod tokens;
mod user;
mod wechat_access_token;
mod wechat_data;

use chrono::{DateTime, Utc};
use uuid::Uuid;
use wxlogin_domain::model::Timestamp;

pub(super) use self::audit::AuditPage;
pub(super) use self::introspection::{Introspected, TokenForm};
pub(super) use self::key_set::KeySet;
pub(super) use self::managed_user::{ManagedUser, ManagedUserChange, ManagedUserDetails, UserPage};
pub(super) use self::merging::{MergeRequest, MergeResult, UnionConflicts};
pub(crate) use self::metadata::Metadata;
pub(super) use self::phone::{Phone, PhoneRequest};
pub(super) use self::session::{EndedSessions, OwnSessions};
pub(super) use self::tokens::{
    LoginAnswer, LoginRequest, LogoutRequest, RefreshAnswer, RefreshRequest,
};
pub(super) use self::user::{Erased, ProfileChange, User};
pub(super) use self::wechat_access_token::WechatAccessToken;
pub(super) use self::wechat_data::{
    Decrypted, EncryptedRequest, SessionKeyResetRequest, SignedRequest, Validity,
};

fn date_time(at: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at.as_millis()).unwrap_or_default()
}

/// The ids and times of examples.
pub(super) mod example {
    use super::{DateTime, Timestamp, Utc, Uuid, date_time};

    pub(in crate::endpoints) fn user() -> Uuid {
        USER
    }

    pub(in crate::endpoints) fn app() -> String {
        APP.into()
    }

    pub(in crate::endpoints) fn session() -> Uuid {
        SESSION
    }

    pub(in crate::endpoints) fn reason() -> String {
        "requested".into()
    }

    pub(in crate::endpoints) fn recycled() -> String {
        "recycled".into()
    }

    pub(super) const USER: Uuid = Uuid::from_u128(0x019b_0000_7000_7000_8000_0000_0000_0001);
    pub(super) const SESSION: Uuid = Uuid::from_u128(0x019b_0000_7000_7000_8000_0000_0000_0002);
    pub(super) const EVENT: Uuid = Uuid::from_u128(0x019b_0000_7000_7000_8000_0000_0000_0003);
    pub(super) const TOKEN: Uuid = Uuid::from_u128(0x019b_0000_7000_7000_8000_0000_0000_0004);
    pub(super) const OTHER_USER: Uuid = Uuid::from_u128(0x019b_0000_7000_7000_8000_0000_0000_0005);
    pub(super) const APP: &str = "wxdev0000000000001";
    pub(super) const ISSUER: &str = "https://login.example.com";

    /// So many hours after 2026 has begun.
    pub(super) fn hours(hours: i64) -> DateTime<Utc> {
        date_time(Timestamp::from_seconds(seconds(hours)))
    }

    /// The same, as tokens count time.
    pub(super) const fn seconds(hours: i64) -> i64 {
        1_767_225_600 + hours * 3600
    }
}
