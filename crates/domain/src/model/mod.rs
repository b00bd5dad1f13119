//! Values that are checked when they are built, and the entities made of them.

mod api_client;
mod app;
mod audit;
mod avatar;
mod client;
mod encoding_aes_key;
mod encrypted_data_hash;
mod identity;
mod ids;
mod login_code;
mod open_data;
mod phone_code;
mod phone_number;
mod profile;
mod push_event;
mod push_fields;
mod push_stamp;
mod refresh_token;
mod revocation;
mod secret;
mod session;
mod session_key;
mod timestamp;
mod token;
mod user;
mod wechat_access_token;

pub use api_client::{ApiClient, ClientId, ClientSecretHash, Scope};
pub use app::{App, AppId, Apps, SignUp, UnknownApp};
pub use audit::{AuditAction, AuditEvent, Reason};
pub use avatar::{AvatarBaseUrl, AvatarName, AvatarUrl, Picture};
pub use client::ClientAddress;
pub use encoding_aes_key::EncodingAesKey;
pub use encrypted_data_hash::EncryptedDataHash;
pub use identity::{Identity, IdentityKey, OpenId, UnionConflict, UnionId};
pub(crate) use ids::uuid_v7;
pub use ids::{SessionId, UserId};
pub use login_code::LoginCode;
pub use open_data::{EncryptedData, NotEncryptedData, OpenData, OpenedData, Watermark};
pub use phone_code::PhoneCode;
pub use phone_number::PhoneNumber;
pub use profile::{Nickname, Profile};
pub use push_event::{Push, PushEvent, PushEventKind};
pub use push_fields::{PushFields, PushFingerprint};
pub use push_stamp::PushStamp;
pub use refresh_token::RefreshToken;
pub use revocation::{Revocation, Revoked};
pub use secret::Secret;
pub use session::{Device, Generation, Salt, Session};
pub use session_key::SessionKey;
pub use timestamp::Timestamp;
pub use token::{AccessClaims, AccessToken};
pub use user::{LegacyId, SealedPhone, User, UserStatus, UserType};
pub use wechat_access_token::WechatAccessToken;

/// A value was refused when it was built. The text says what the rule is and never repeats the
/// value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub &'static str);

/// Whether `text` has between one and `longest` bytes, all of them letters, digits, `_` or `-`:
/// the alphabet of every identifier and code WeChat hands out.
fn is_wechat_word(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}
