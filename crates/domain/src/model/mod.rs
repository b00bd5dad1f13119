//! Values, which are checked when they are created, and the entities that consist of them.

mod api_client;
mod app;
mod audit;
mod avatar;
mod client;
mod display_text;
mod encoding_aes_key;
mod encrypted_data_hash;
mod identity;
mod ids;
mod login_code;
mod malformed;
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
mod word;

pub use api_client::{
    ApiClient, ClientId, ClientSecretHash, PreviousSecret, Scope, SecretOverlap, VisibleApps,
    parse_network,
};
pub use app::{App, AppId, Apps, SignUp, UnknownApp};
pub use audit::{Actor, AuditAction, AuditEvent, Operator, Reason};
pub use avatar::{AvatarBaseUrl, AvatarName, AvatarUrl, Picture};
pub use client::ClientAddress;
pub use encoding_aes_key::EncodingAesKey;
pub use encrypted_data_hash::EncryptedDataHash;
pub use identity::{Identity, IdentityKey, OpenId, UnionConflict, UnionId};
pub(crate) use ids::uuid_v7;
pub use ids::{SessionId, UserId};
pub use login_code::LoginCode;
pub use malformed::Malformed;
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
pub(crate) use secret::opaque_debug;
pub use session::{Device, Generation, Salt, Session};
pub use session_key::SessionKey;
pub use timestamp::Timestamp;
pub use token::{AccessClaims, AccessToken};
pub use user::{LegacyId, SealedPhone, User, UserStatus, UserType};
pub use wechat_access_token::WechatAccessToken;
