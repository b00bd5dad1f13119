//! The hashes of encrypted phone data, for checkencryptedmsg.

use std::collections::HashMap;

/// How long `WeChat` recognises its data. Source: the page of checkEncryptedData,
/// <https://developers.weixin.qq.com/miniprogram/dev/server/API/user-info/basic-info/api_checkencryptedmsg>.
const LIFETIME_MILLIS: u64 = 3 * 24 * 3600 * 1000;

#[derive(Default)]
pub(crate) struct EncryptedPhones {
    /// By app and the SHA-256 of the text of `encryptedData`.
    issued_at: HashMap<(String, String), u64>,
}

impl EncryptedPhones {
    pub(crate) fn add(&mut self, app_id: &str, hash: String, now: u64) {
        self.issued_at.retain(|_, at| is_recent(*at, now));
        self.issued_at.insert((app_id.to_owned(), hash), now);
    }

    /// When the data with this hash were issued, in milliseconds.
    pub(crate) fn issued_at(&self, app_id: &str, hash: &str, now: u64) -> Option<u64> {
        let at = self.issued_at.get(&(app_id.to_owned(), hash.to_owned()))?;
        Some(*at).filter(|at| is_recent(*at, now))
    }
}

fn is_recent(at: u64, now: u64) -> bool {
    now.saturating_sub(at) <= LIFETIME_MILLIS
}
