use std::fmt;

use super::profile::is_label;
use super::{AppId, Malformed, OpenId, SessionId, Timestamp, UserId};
use crate::ports::Randomness;

/// What a client calls the device it runs on, for the person's own list of sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device(String);

impl Device {
    /// Longest device name, in characters.
    pub const MAX_CHARS: usize = 64;

    /// Checks a device name; blanks around it are dropped.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let text = text.trim();
        if is_label(text, Self::MAX_CHARS) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed("a device name is 1 to 64 characters, none of them a control character"))
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Chance that goes into every refresh token of a session, so that the tokens cannot be computed
/// from the master key alone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt(pub [u8; 16]);

impl Salt {
    /// A new salt.
    #[must_use]
    pub fn new(randomness: &dyn Randomness) -> Self {
        let mut salt = [0; 16];
        randomness.fill(&mut salt);
        Self(salt)
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(…)")
    }
}

/// Which refresh token of a session is meant; the first is 1, each refresh makes the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Generation(pub u32);

impl Generation {
    /// Of the refresh token that the login hands out.
    pub const FIRST: Self = Self(1);

    /// The one after this. A session that lives long enough to need more than four thousand million
    /// does not exist.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// One signed-in device of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Who is signed in.
    pub user_id: UserId,
    /// Through which app.
    pub app_id: AppId,
    /// As whom WeChat knows the person there.
    pub open_id: OpenId,
    /// What the client called its device.
    pub device: Option<Device>,
    /// The refresh token that holds now.
    pub generation: Generation,
    /// What its refresh tokens are made with.
    pub salt: Salt,
    /// When the person signed in: the `auth_time` of its tokens.
    pub created_at: Timestamp,
    /// When the current refresh token was made: at the login or the latest refresh.
    pub last_used_at: Timestamp,
    /// From when on it is over unless it is refreshed before. Never after `ends_at`.
    pub expires_at: Timestamp,
    /// From when on it is over, whatever happens.
    pub ends_at: Timestamp,
}

impl Session {
    /// Whether it has come to its end by itself.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.expires_at <= now
    }
}
