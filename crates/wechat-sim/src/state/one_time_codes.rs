//! Codes that can be used once, within five minutes, by one app.

use std::collections::{HashMap, VecDeque};

/// How long a code is valid. Sources: the page of `wx.login`,
/// <https://developers.weixin.qq.com/miniprogram/dev/api/open-api/login/wx.login.html>, and that of
/// getPhoneNumber,
/// <https://developers.weixin.qq.com/miniprogram/dev/server/API/user-info/phone-number/api_getphonenumber>.
const LIFETIME_MILLIS: u64 = 5 * 60 * 1000;

/// Codes of one kind, each with the value it stands for.
pub(crate) struct OneTimeCodes<T> {
    issued: HashMap<String, Issued<T>>,
    /// Oldest first, so that expired codes can be removed cheaply.
    order: VecDeque<String>,
}

struct Issued<T> {
    app_id: String,
    value: T,
    issued_at: u64,
    spent: bool,
}

/// Why a code is refused.
pub(crate) enum Refused {
    /// Unknown, expired or issued for another app.
    Invalid,
    /// Already used.
    Used,
}

impl<T> Default for OneTimeCodes<T> {
    fn default() -> Self {
        Self { issued: HashMap::new(), order: VecDeque::new() }
    }
}

impl<T> Issued<T> {
    fn is_expired(&self, now: u64) -> bool {
        now.saturating_sub(self.issued_at) > LIFETIME_MILLIS
    }
}

impl<T: Clone> OneTimeCodes<T> {
    /// Makes the code stand for the value from now on.
    pub(crate) fn issue(&mut self, code: String, app_id: &str, value: T, now: u64) {
        self.remove_expired(now);
        self.order.push_back(code.clone());
        let issued = Issued { app_id: app_id.to_owned(), value, issued_at: now, spent: false };
        self.issued.insert(code, issued);
    }

    /// Spends a code and returns its value. A code of another app, or whose value is not the
    /// expected one, is refused and stays valid.
    pub(crate) fn spend(
        &mut self,
        app_id: &str,
        code: &str,
        now: u64,
        expected: impl FnOnce(&T) -> bool,
    ) -> Result<T, Refused> {
        let issued = self.issued.get_mut(code);
        let issued = issued
            .filter(|issued| issued.app_id == app_id && !issued.is_expired(now))
            .filter(|issued| expected(&issued.value))
            .ok_or(Refused::Invalid)?;
        if std::mem::replace(&mut issued.spent, true) {
            Err(Refused::Used)
        } else {
            Ok(issued.value.clone())
        }
    }

    fn remove_expired(&mut self, now: u64) {
        while let Some(oldest) = self.order.front() {
            let issued = self.issued.get(oldest);
            if issued.is_some_and(|issued| !issued.is_expired(now)) {
                return;
            }
            self.issued.remove(oldest);
            self.order.pop_front();
        }
    }
}
