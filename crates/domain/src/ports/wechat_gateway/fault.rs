use std::time::Duration;

use super::WechatReply;

/// Why a call to WeChat failed for a reason other than its arguments.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WechatFault {
    /// WeChat limits the rate of calls. The caller must wait.
    #[error("WeChat limits the rate of calls ({reply})")]
    RateLimited {
        /// WeChat's response.
        reply: WechatReply,
        /// When a retry can succeed.
        retry_after: Duration,
    },
    /// The configuration at WeChat or here is wrong. No such call succeeds until the operator fixes it.
    #[error("WeChat refuses this service: {fix} ({reply})")]
    Misconfigured {
        /// WeChat's response.
        reply: WechatReply,
        /// What the operator must fix, for the log.
        fix: String,
    },
    /// WeChat did not respond, or failed. The call may have taken effect. The caller can retry later.
    #[error("WeChat is not available: {what} ({reply})")]
    Unavailable {
        /// WeChat's response, if there was one.
        reply: WechatReply,
        /// What went wrong. It contains no part of the request.
        what: &'static str,
        /// When to retry.
        retry_after: Duration,
    },
    /// Nothing was sent, so the call took no effect. The caller can retry later.
    #[error("WeChat was not called: {what}")]
    NotAsked {
        /// Why nothing was sent.
        what: &'static str,
        /// When to retry.
        retry_after: Duration,
    },
}
