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
    /// Through no fault of the code, which may or may not be spent unless it was not sent at all.
    #[error(transparent)]
    Fault(#[from] WechatFault),
}
