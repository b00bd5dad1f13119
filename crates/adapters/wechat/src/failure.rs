use wxlogin_domain::model::Timestamp;
use wxlogin_domain::ports::{WechatFault, WechatReply};

use crate::errcode::{fault, unavailable};

/// A call failed. No `Debug`, because `errmsg` may quote the request.
pub(crate) enum Failure {
    /// WeChat answered with an error code.
    Refused {
        errcode: i64,
        /// WeChat's text. It may quote the request.
        errmsg: String,
        reply: WechatReply,
    },
    /// There is no response, or none that can be read.
    NoAnswer(&'static str),
}

impl Failure {
    /// WeChat's error code, if there is one.
    pub(crate) fn errcode(&self) -> Option<i64> {
        match self {
            Self::Refused { errcode, .. } => Some(*errcode),
            Self::NoAnswer(_) => None,
        }
    }

    /// The part of the response that may be logged.
    pub(crate) fn reply(self) -> WechatReply {
        match self {
            Self::Refused { reply, .. } => reply,
            Self::NoAnswer(_) => WechatReply::default(),
        }
    }

    /// The fault behind a failure to which the call gives no meaning of its own.
    pub(crate) fn fault(self, now: Timestamp) -> WechatFault {
        match self {
            Self::Refused { errcode, errmsg, reply } => fault(errcode, &errmsg, reply, now),
            Self::NoAnswer(what) => unavailable(WechatReply::default(), what),
        }
    }
}
