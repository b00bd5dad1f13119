//! The session keys of one person in one app.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::random;

/// How old a session key must be before a login replaces it. `WeChat`'s older
/// documents said that quick repeats need not change the key, and not how
/// quick, as <https://juejin.cn/post/7075256111959539742> quotes them.
const KEY_REFRESH_MILLIS: u64 = 30_000;

/// The key that is valid, if there was a login, and the one before it.
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

    /// The key that a login gets: a new one if it is time.
    pub(crate) fn at_login(&mut self, now: u64) -> String {
        let is_young = now.saturating_sub(self.since) < KEY_REFRESH_MILLIS;
        match &self.current {
            Some(current) if is_young => current.clone(),
            _ => {
                self.since = now;
                self.replace()
            }
        }
    }

    /// Makes a new key. It is as old as the one before, because a reset renews nothing.
    pub(crate) fn replace(&mut self) -> String {
        let new = BASE64_STANDARD.encode(random::bytes::<16>());
        self.previous = self.current.replace(new.clone());
        new
    }
}
