use std::time::Duration;

use super::{WechatFault, WechatReply};
use crate::model::{OpenId, SessionKey, UnionId};

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
    /// The client tries later. Nothing was sent, so the code is as good as before.
    #[error("WeChat was not asked: {what}")]
    NotAsked {
        /// Why not.
        what: &'static str,
        /// When a new try is worth it.
        retry_after: Duration,
    },
}

impl From<WechatFault> for ExchangeError {
    fn from(fault: WechatFault) -> Self {
        match fault {
            WechatFault::RateLimited { reply, retry_after } => {
                Self::RateLimited { reply, retry_after }
            }
            WechatFault::Misconfigured { reply, mend } => Self::Misconfigured { reply, mend },
            WechatFault::Unavailable { reply, what, retry_after } => {
                Self::Unavailable { reply, what, retry_after }
            }
            WechatFault::NotAsked { what, retry_after } => Self::NotAsked { what, retry_after },
        }
    }
}
