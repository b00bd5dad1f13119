//! The schemas of requests and responses.

mod audit;
mod date_time;
pub(crate) mod example;
mod introspection;
mod issuer_metadata;
mod jwk_set;
mod managed_user;
mod merging;
mod not_null;
mod open_data;
mod original;
mod phone;
mod session;
mod session_key;
mod tokens;
mod user;
mod wechat_access_token;

pub(crate) use self::audit::AuditPage;
pub(crate) use self::introspection::{Introspection, TokenForm};
pub(crate) use self::issuer_metadata::IssuerMetadata;
pub(crate) use self::jwk_set::JwkSet;
pub(crate) use self::managed_user::{ChangedUser, ManagedUserChange, ManagedUserDetails, UserPage};
pub(crate) use self::merging::{ConflictAcceptance, MergeRequest, MergeResult, UnionConflicts};
pub(crate) use self::open_data::{Decrypted, EncryptedRequest, SignedRequest};
pub(crate) use self::original::{OriginalLoginAnswer, OriginalLoginBody, OriginalLoginRequest};
pub(crate) use self::phone::PhoneRequest;
pub(crate) use self::session::{EndedSessions, OwnSessions};
pub(crate) use self::session_key::{SessionKeyResetRequest, Validity};
pub(crate) use self::tokens::{
    LoginAnswer, LoginRequest, LogoutRequest, RefreshAnswer, RefreshRequest,
};
pub(crate) use self::user::{Erased, ProfileChange, User};
pub(crate) use self::wechat_access_token::WechatAccessToken;
