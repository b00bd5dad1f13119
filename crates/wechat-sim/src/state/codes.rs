//! Login codes: five minutes, one use, one app.

use std::collections::{HashMap, VecDeque};

use crate::random;
use crate::wechat::errcode::{self, Errcode};

/// How long a code works. Source: the page of `wx.login`,
/// <https://developers.weixin.qq.com/miniprogram/dev/api/open-api/login/wx.login.html>.
const LIFETIME_MILLIS: u64 = 5 * 60 * 1000;

#[derive(Default)]
pub(crate) struct LoginCodes {
    issued: HashMap<String, Issued>,
    /// Oldest first, so that expired codes can be forgotten cheaply.
    order: VecDeque<String>,
}

struct Issued {
    app_id: String,
    openid: String,
    at: u64,
    spent: bool,
}

impl Issued {
    fn is_expired(&self, now: u64) -> bool {
        now.saturating_sub(self.at) > LIFETIME_MILLIS
    }
}

impl LoginCodes {
    /// What `wx.login` would hand to this person in this app.
    pub(crate) fn issue(&mut self, app_id: &str, openid: &str, now: u64) -> String {
        self.forget_expired(now);
        let code = random::login_code();
        let issued =
            Issued { app_id: app_id.to_owned(), openid: openid.to_owned(), at: now, spent: false };
        self.issued.insert(code.clone(), issued);
        self.order.push_back(code.clone());
        code
    }

    /// Uses a code up and answers whose it was. A code shown to the wrong app
    /// is refused and stays usable.
    pub(crate) fn spend(&mut self, app_id: &str, code: &str, now: u64) -> Result<String, Errcode> {
        match self.issued.get_mut(code) {
            Some(issued) if issued.app_id == app_id && !issued.is_expired(now) => {
                if std::mem::replace(&mut issued.spent, true) {
                    Err(errcode::CODE_USED)
                } else {
                    Ok(issued.openid.clone())
                }
            }
            _ => Err(errcode::INVALID_CODE),
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
