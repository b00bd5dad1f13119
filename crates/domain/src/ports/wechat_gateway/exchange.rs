use super::{WechatFault, WechatReply};
use crate::model::{OpenId, SessionKey, UnionId};

/// The result of `code2Session`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeExchange {
    /// The user's openid in the app.
    pub open_id: OpenId,
    /// The user's unionid, if the app is bound to an open-platform account.
    pub union_id: Option<UnionId>,
    /// The session key of this WeChat login.
    pub session_key: SessionKey,
}

/// Why a login code was not exchanged, classified by what the caller must do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    /// The code is wrong, expired or from another app. The client must get a new one.
    #[error("WeChat does not know the login code ({0})")]
    CodeInvalid(WechatReply),
    /// The code has been used. The client must get a new one.
    #[error("the login code has been used ({0})")]
    CodeUsed(WechatReply),
    /// WeChat blocks the user as high-risk. Neither the client nor the operator can change that.
    #[error("WeChat blocks this user's login ({0})")]
    Blocked(WechatReply),
    /// The call failed for a reason other than the code. Unless nothing was sent, the code may be used
    /// up.
    #[error(transparent)]
    Fault(#[from] WechatFault),
}
