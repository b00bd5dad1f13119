//! The encrypted phone data that was given out, as checkencryptedmsg knows it.

use std::collections::HashMap;

/// How long it is known. Source: the page of checkEncryptedData,
/// <https://developers.weixin.qq.com/miniprogram/dev/server/API/user-info/basic-info/api_checkencryptedmsg>.
const KNOWN_MILLIS: u64 = 3 * 24 * 3600 * 1000;

#[derive(Default)]
pub(crate) struct PhoneData {
    /// By app and the SHA-256 of the encrypted data's text.
    given_at: HashMap<(String, String), u64>,
}

impl PhoneData {
    pub(crate) fn note(&mut self, app_id: &str, hash: String, now: u64) {
        self.given_at.retain(|_, at| is_known(*at, now));
        self.given_at.insert((app_id.to_owned(), hash), now);
    }

    /// When the data with this hash was given out, in milliseconds.
    pub(crate) fn given_at(&self, app_id: &str, hash: &str, now: u64) -> Option<u64> {
        let at = self.given_at.get(&(app_id.to_owned(), hash.to_owned()))?;
        Some(*at).filter(|at| is_known(*at, now))
    }
}

fn is_known(at: u64, now: u64) -> bool {
    now.saturating_sub(at) <= KNOWN_MILLIS
}
