use std::time::Duration;

use super::WechatReply;

/// Why WeChat did not do what it was asked, through no fault of what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WechatFault {
    /// The caller waits.
    #[error("WeChat limits the rate of calls ({reply})")]
    RateLimited {
        /// What WeChat said.
        reply: WechatReply,
        /// When a new try can succeed.
        retry_after: Duration,
    },
    /// The operator mends something; until then no such call succeeds.
    #[error("WeChat refuses this service: {mend} ({reply})")]
    Misconfigured {
        /// What WeChat said.
        reply: WechatReply,
        /// What to mend, for the operator's log.
        mend: String,
    },
    /// The caller tries later. What was asked may or may not have been done.
    #[error("WeChat is not available: {what} ({reply})")]
    Unavailable {
        /// What WeChat said, if it said anything.
        reply: WechatReply,
        /// What went wrong, without any part of the request.
        what: &'static str,
        /// When a new try is worth it.
        retry_after: Duration,
    },
    /// The caller tries later. Nothing was sent, so what was asked was not done.
    #[error("WeChat was not asked: {what}")]
    NotAsked {
        /// Why not.
        what: &'static str,
        /// When a new try is worth it.
        retry_after: Duration,
    },
}
