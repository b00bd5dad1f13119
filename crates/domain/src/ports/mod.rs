//! What the domain needs from the outside world, one file per port. The doc comment of a port is its
//! contract. The contract suites in `testing` have a case for each sentence.

mod account_store;
mod audit_log;
mod avatar_store;
mod call_limiter;
mod client_store;
mod clock;
mod conflict_store;
mod deployment_store;
mod import_store;
mod key_store;
mod picture_converter;
mod push_reader;
mod push_store;
mod randomness;
mod rate_limiter;
mod sealer;
mod session_key_store;
mod session_store;
mod store_error;
mod stores;
mod token_signer;
mod transfer;
mod wechat_crypto;
mod wechat_gateway;

pub use account_store::AccountStore;
#[cfg(test)]
pub(crate) use account_store::MockAccountStore;
pub use audit_log::AuditLog;
pub use avatar_store::{AvatarStore, AvatarStoreError, StoredAvatar};
pub use call_limiter::{CallLimiter, Caller, LimitedCall};
pub use client_store::ClientStore;
pub use clock::Clock;
pub use conflict_store::ConflictStore;
pub use deployment_store::{Deployment, DeploymentKind, DeploymentStore, MasterKeyRotation};
pub use import_store::{ImportStore, LegacyUser, LegacyUsers, LegacyUsersError, LegacyValue};
pub use key_store::{KeyStore, StoredSigningKey};
pub use picture_converter::{PictureConverter, PictureError};
pub use push_reader::PushReader;
pub use push_store::PushStore;
pub use randomness::Randomness;
pub use rate_limiter::{RateLimiter, RetryAfter};
pub use sealer::{CannotOpen, CryptoFault, KeyId, KeyedTag, Place, Sealed, Sealer, TagPurpose};
pub use session_key_store::SessionKeyStore;
#[cfg(test)]
pub(crate) use session_store::MockSessionStore;
pub use session_store::{FeedPosition, Purged, RevocationFeed, SessionStore};
pub use store_error::StoreError;
pub use stores::Stores;
pub use token_signer::{KeyRing, PrivateKey, SigningKey, TokenRejected, TokenSigner};
pub use transfer::{Cell, Column, Kind, Page, Replacement, Row, TABLES, Table, Transfer};
pub use wechat_crypto::{CannotDecrypt, DecryptedPush, WechatCrypto};
#[cfg(test)]
pub(crate) use wechat_gateway::MockWechatGateway;
pub use wechat_gateway::{
    CallError, CodeExchange, ExchangeError, FetchedAccessToken, PhoneNumberError,
    ResetSessionKeyError, TokenUseError, WechatFault, WechatGateway, WechatReply,
};

// What travels through the store ports is defined with the rules that decide about it.
pub use crate::account::{
    AcceptanceOutcome, Clearing, EndSessions, Ending, Erasure, ErasureStep, FieldChange,
    IdentityErasure, ImportOutcome, ImportedUser, LoginOutcome, LoginRecord, Merge, MergeOutcome,
    NewPhone, NewSession, OnErasing, OnUnknown, PhoneOutcome, ProfileChange, Replay, Replayed,
    Rotation, RotationOutcome, SealedSessionKey, SessionKeyReplacement, SessionKeys, TokensUntil,
    Tombstones, UnionIdAcceptance, UserChange, UserChangeOutcome,
};
