use super::profile::label;
use super::secret::opaque_debug;
use super::{AppId, Malformed, OpenId, SessionId, Timestamp, UserId};
use crate::ports::Randomness;

/// The name a client gives its device. Users see it in their list of sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device(String);

impl Device {
    /// Maximum length, in characters.
    pub const MAX_CHARS: usize = 64;

    /// Removes what is not displayed, such as control characters, then accepts 1 to
    /// [`Self::MAX_CHARS`] characters.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let rule = Malformed("a device name is 1 to 64 characters, not all of them invisible");
        label(text, Self::MAX_CHARS).map(Self).ok_or(rule)
    }

    /// Reads a stored value. It was checked when it was stored, maybe by an older version's rules.
    #[must_use]
    pub fn from_store(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Returns the name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Random bytes in every refresh token of a session, so that the tokens cannot be computed from the
/// master key alone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt(pub [u8; 16]);

impl Salt {
    /// Makes a new salt.
    #[must_use]
    pub fn new(randomness: &dyn Randomness) -> Self {
        let mut salt = [0; 16];
        randomness.fill(&mut salt);
        Self(salt)
    }
}

opaque_debug!(Salt);

/// The number of a refresh token within its session. The first is 1; each refresh adds one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Generation(pub u32);

impl Generation {
    /// A session of the original contract: it has no refresh token.
    pub const NONE: Self = Self(0);

    /// The refresh token that a login returns.
    pub const FIRST: Self = Self(1);

    /// Returns the next generation. No session lives long enough to reach the maximum.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// One signed-in device of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The session's id.
    pub id: SessionId,
    /// The user who is signed in.
    pub user_id: UserId,
    /// The app the user signed in through.
    pub app_id: AppId,
    /// The user's openid in that app.
    pub open_id: OpenId,
    /// The device name that the client gave.
    pub device: Option<Device>,
    /// The current refresh token.
    pub generation: Generation,
    /// The salt of its refresh tokens.
    pub salt: Salt,
    /// When the user signed in: the `auth_time` of its tokens.
    pub created_at: Timestamp,
    /// When the current refresh token was issued: at the login or at the latest refresh.
    pub last_used_at: Timestamp,
    /// When it expires unless it is refreshed. Never after `ends_at`.
    pub expires_at: Timestamp,
    /// When it expires even if it is refreshed.
    pub ends_at: Timestamp,
}

impl Session {
    /// Whether the session has expired.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.expires_at <= now
    }
}
