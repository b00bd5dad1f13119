use super::RetryAfter;
use crate::model::{AppId, SessionId, UserId};

/// A call that costs WeChat's quota, processor time or a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LimitedCall {
    /// Binding a phone number.
    PhoneBinding,
    /// Asking WeChat whether a session key is valid.
    SessionKeyCheck,
    /// Decrypting or verifying open data.
    OpenData,
    /// Uploading an avatar.
    AvatarUpload,
    /// Changing the profile.
    ProfileChange,
    /// Exchanging a refresh token.
    Refresh,
}

/// Whose calls are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Caller {
    /// A user in one app.
    User(UserId, AppId),
    /// A session, for calls that are limited before its user is known.
    Session(SessionId),
}

/// Limits the rate of calls per caller.
///
/// - Every caller starts with a burst of permits for each call and regains them at a steady rate.
/// - `take` takes one permit if one is left. No more concurrent calls succeed than there are permits.
/// - Neither callers nor calls affect each other.
pub trait CallLimiter: Send + Sync {
    /// Takes one permit, or returns how long to wait for one.
    fn take(&self, call: LimitedCall, caller: Caller) -> Result<(), RetryAfter>;
}
