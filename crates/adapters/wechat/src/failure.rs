use wxlogin_domain::model::Timestamp;
use wxlogin_domain::ports::{WechatFault, WechatReply};

use crate::errcode::{fault, unavailable};

/// A call has no good answer. It holds WeChat's words, so it does not print.
pub(crate) enum Failure {
    /// WeChat says that something is wrong.
    Refused {
        errcode: i64,
        /// It may quote the request.
        errmsg: String,
        reply: WechatReply,
    },
    /// There is no answer, or one that is none.
    NoAnswer(&'static str),
}

impl Failure {
    /// WeChat's error number, if it gave one.
    pub(crate) fn errcode(&self) -> Option<i64> {
        match self {
            Self::Refused { errcode, .. } => Some(*errcode),
            Self::NoAnswer(_) => None,
        }
    }

    /// What may be told of it.
    pub(crate) fn reply(self) -> WechatReply {
        match self {
            Self::Refused { reply, .. } => reply,
            Self::NoAnswer(_) => WechatReply::default(),
        }
    }

    /// What it is where its number means nothing particular to the call.
    pub(crate) fn fault(self, now: Timestamp) -> WechatFault {
        match self {
            Self::Refused { errcode, errmsg, reply } => fault(errcode, &errmsg, reply, now),
            Self::NoAnswer(what) => unavailable(WechatReply::default(), what),
        }
    }
}
