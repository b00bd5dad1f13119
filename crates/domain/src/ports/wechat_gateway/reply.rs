use std::fmt;

/// The part of a WeChat response that is logged: enough to ask WeChat's support, and nothing secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WechatReply {
    /// WeChat's error number, if there was one.
    pub errcode: Option<i64>,
    /// WeChat's request id, by which its support can find the call for 7 days.
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
