use std::fmt;

use super::{AppId, Malformed, Timestamp, UserId, is_wechat_word};

macro_rules! wechat_id {
    ($(#[$doc:meta])* $name:ident, $rule:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Longest id taken, in bytes; WeChat's have 28 today and promise no length.
            pub const MAX_LEN: usize = 64;

            /// Checks the shape. Letter case matters: two ids that differ in it are two people.
            pub fn parse(text: &str) -> Result<Self, Malformed> {
                if is_wechat_word(text, Self::MAX_LEN) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(Malformed($rule))
                }
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        // Ids of failed calls must not reach a log, so none is printed by accident.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

wechat_id! {
    /// Whom WeChat means within one app.
    OpenId,
    "an openid is 1 to 64 letters, digits, `_` or `-`"
}
wechat_id! {
    /// Whom WeChat means across the apps of one open-platform account
    /// (<https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/union-id.html>).
    UnionId,
    "a unionid is 1 to 64 letters, digits, `_` or `-`"
}

/// The key WeChat knows a person by: an openid means nothing without its app.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdentityKey {
    /// The mini-program.
    pub app_id: AppId,
    /// The person within it.
    pub open_id: OpenId,
}

/// As whom WeChat knows a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The person within an app.
    pub key: IdentityKey,
    /// The person across apps, once WeChat has named them.
    pub union_id: Option<UnionId>,
}

/// WeChat named a unionid for an identity that cannot be taken over silently. The identity keeps
/// its user and its stored unionid; an operator decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnionConflict {
    /// Whose identity it is.
    pub identity: IdentityKey,
    /// The unionid WeChat named.
    pub union_id: UnionId,
    /// The user the identity belongs to.
    pub user_id: UserId,
    /// The user who owns the unionid; none when the identity merely had another unionid before, or
    /// when the owner was erased while shut out.
    pub owner: Option<UserId>,
    /// When it was seen first.
    pub first_seen_at: Timestamp,
}
