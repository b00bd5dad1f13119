use super::profile::is_label;
use super::{AppId, Malformed, SessionId, Timestamp, UserId};

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

/// One signed-in device of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Who is signed in.
    pub user_id: UserId,
    /// Through which app.
    pub app_id: AppId,
    /// What the client called its device.
    pub device: Option<Device>,
    /// When the person signed in: the `auth_time` of its tokens.
    pub created_at: Timestamp,
    /// From when on it is over, whatever happens.
    pub expires_at: Timestamp,
}
