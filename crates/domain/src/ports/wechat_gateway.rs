use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::model::{AppId, LoginCode, OpenId, SessionKey, UnionId};

/// Whom a code stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeExchange {
    /// The person within the app.
    pub open_id: OpenId,
    /// The person across apps, if the app is bound to an open-platform account.
    pub union_id: Option<UnionId>,
    /// The key of this WeChat login.
    pub session_key: SessionKey,
}

/// What is kept of a WeChat answer for the log: enough to ask WeChat's support, nothing secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WechatReply {
    /// WeChat's error number, if there was one.
    pub errcode: Option<i64>,
    /// WeChat's request id, by which its support finds the call for seven days.
    pub rid: Option<String>,
}

impl fmt::Display for WechatReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.errcode {
            Some(errcode) => write!(f, "errcode {errcode}")?,
            None => f.write_str("no errcode")?,
        }
        match &self.rid {
            Some(rid) => write!(f, ", rid {rid}"),
            None => Ok(()),
        }
    }
}

/// Why a code was not exchanged, by what the caller must do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    /// The client needs a new code: this one is wrong, expired or of another app.
    #[error("WeChat does not know the code ({0})")]
    CodeInvalid(WechatReply),
    /// The client needs a new code: this one has been used.
    #[error("the code has been used ({0})")]
    CodeUsed(WechatReply),
    /// Nobody can do anything: WeChat holds this person for a high risk.
    #[error("WeChat blocks this person's login ({0})")]
    Blocked(WechatReply),
    /// The client waits.
    #[error("WeChat limits the rate of calls ({reply})")]
    RateLimited {
        /// What WeChat said.
        reply: WechatReply,
        /// When a new try can succeed.
        retry_after: Duration,
    },
    /// The operator mends something; until then no login succeeds.
    #[error("WeChat refuses this service: {mend} ({reply})")]
    Misconfigured {
        /// What WeChat said.
        reply: WechatReply,
        /// What to mend, for the operator's log.
        mend: String,
    },
    /// The client gets a new code and tries later. The code may or may not be spent.
    #[error("WeChat is not available: {what} ({reply})")]
    Unavailable {
        /// What WeChat said, if it said anything.
        reply: WechatReply,
        /// What went wrong, without any part of the request.
        what: &'static str,
        /// When a new try is worth it.
        retry_after: Duration,
    },
}

/// WeChat's server API.
///
/// - One call of `exchange_code` sends the code to WeChat at most once: no repetition, no second
///   host, no second secret, whatever goes wrong.
/// - It ends within the configured time.
/// - No error contains the code, the secret, a session key or an openid.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait WechatGateway: Send + Sync {
    /// Asks WeChat whom the code stands for (`code2Session`).
    async fn exchange_code(
        &self,
        app_id: &AppId,
        code: &LoginCode,
    ) -> Result<CodeExchange, ExchangeError>;
}
