//! Codes that stand for something once, for five minutes, in one app.

use std::collections::{HashMap, VecDeque};

/// How long a code works. Sources: the page of `wx.login`,
/// <https://developers.weixin.qq.com/miniprogram/dev/api/open-api/login/wx.login.html>, and that of
/// getPhoneNumber,
/// <https://developers.weixin.qq.com/miniprogram/dev/server/API/user-info/phone-number/api_getphonenumber>.
const LIFETIME_MILLIS: u64 = 5 * 60 * 1000;

/// Codes of one kind with what each stands for.
pub(crate) struct OneTimeCodes<T> {
    issued: HashMap<String, Issued<T>>,
    /// Oldest first, so that expired codes can be forgotten cheaply.
    order: VecDeque<String>,
}

struct Issued<T> {
    app_id: String,
    meaning: T,
    at: u64,
    spent: bool,
}

/// Why a code is of no use.
pub(crate) enum Refused {
    /// Unknown, expired or another app's.
    Invalid,
    /// Spent before.
    Used,
}

impl<T> Default for OneTimeCodes<T> {
    fn default() -> Self {
        Self { issued: HashMap::new(), order: VecDeque::new() }
    }
}

impl<T> Issued<T> {
    fn is_expired(&self, now: u64) -> bool {
        now.saturating_sub(self.at) > LIFETIME_MILLIS
    }
}

impl<T: Clone> OneTimeCodes<T> {
    /// From now on the code stands for this.
    pub(crate) fn issue(&mut self, code: String, app_id: &str, meaning: T, now: u64) {
        self.forget_expired(now);
        self.order.push_back(code.clone());
        let issued = Issued { app_id: app_id.to_owned(), meaning, at: now, spent: false };
        self.issued.insert(code, issued);
    }

    /// Uses a code up and answers what it stood for. One that is shown to the wrong app, or does
    /// not stand for what is expected, is refused and stays usable.
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
            .filter(|issued| expected(&issued.meaning))
            .ok_or(Refused::Invalid)?;
        if std::mem::replace(&mut issued.spent, true) {
            Err(Refused::Used)
        } else {
            Ok(issued.meaning.clone())
        }
    }

    fn forget_expired(&mut self, now: u64) {
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
