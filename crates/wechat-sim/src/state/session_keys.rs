//! The session keys of one person in one app.

use crate::random;

/// How old a session key must be before a login replaces it. `WeChat`'s older documentation, quoted
/// in <https://juejin.cn/post/7075256111959539742>, says that a login soon after another need not
/// change the key, and gives no time.
const KEY_REFRESH_MILLIS: u64 = 30_000;

/// The valid key, if there was a login, and the previous one.
#[derive(Default)]
pub(crate) struct SessionKeys {
    current: Option<String>,
    previous: Option<String>,
    since: u64,
}

impl SessionKeys {
    pub(crate) fn current(&self) -> Option<&str> {
        self.current.as_deref()
    }

    pub(crate) fn previous(&self) -> Option<&str> {
        self.previous.as_deref()
    }

    /// Returns the key for a login: a new one if the current one is old enough.
    pub(crate) fn at_login(&mut self, now: u64) -> String {
        let is_recent = now.saturating_sub(self.since) < KEY_REFRESH_MILLIS;
        match &self.current {
            Some(current) if is_recent => current.clone(),
            _ => {
                self.since = now;
                self.replace()
            }
        }
    }

    /// Creates a new key. It keeps the age of the old one, because a reset does not renew the key.
    pub(crate) fn replace(&mut self) -> String {
        let new = random::session_key();
        self.previous = self.current.replace(new.clone());
        new
    }
}
