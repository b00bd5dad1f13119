use uuid::Uuid;

use super::secret::opaque_debug;
use super::word::word;
use super::{AppId, Timestamp, UserId};

macro_rules! wechat_id {
    ($(#[$doc:meta])* $name:ident, $noun:literal) => {
        $(#[$doc])*
        ///
        /// Ids have 28 characters today; WeChat documents no length. `Debug` hides the id because ids
        /// of failed calls must not reach the log.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Returns the id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        word!($name, 64, $noun);
        opaque_debug!($name);
    };
}

wechat_id! {
    /// WeChat's id of a person within one app.
    OpenId,
    "an openid"
}
wechat_id! {
    /// WeChat's id of a person across the apps of one open-platform account
    /// (<https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/union-id.html>).
    UnionId,
    "a unionid"
}

/// An app and an openid in it: the key of an identity. An openid alone has no meaning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdentityKey {
    /// The mini-program.
    pub app_id: AppId,
    /// The person within the app.
    pub open_id: OpenId,
}

/// A user's identity at WeChat, one per app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The app and the openid.
    pub key: IdentityKey,
    /// The unionid, once WeChat has named it.
    pub union_id: Option<UnionId>,
}

/// WeChat named a unionid for an identity, but the unionid belongs to another user. The identity keeps
/// its user and its stored unionid; the operator decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnionConflict {
    /// Its id; ids sort by time. It is the id of the session whose login saw the conflict first.
    pub id: Uuid,
    /// The identity.
    pub identity: IdentityKey,
    /// The unionid WeChat named.
    pub union_id: UnionId,
    /// The user the identity belongs to.
    pub user_id: UserId,
    /// The user who owns the unionid. `None` if the owner was erased while banned.
    pub owner: Option<UserId>,
    /// When the conflict was first seen.
    pub first_seen_at: Timestamp,
}
