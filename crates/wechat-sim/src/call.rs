use serde::{Deserialize, Serialize};

/// A call that the simulator imitates, under its name in faults and in the log.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Call {
    /// `GET /sns/jscode2session`
    Code2Session,
    /// `GET /cgi-bin/token`
    Token,
    /// `POST /cgi-bin/stable_token`
    #[serde(rename = "stable_token")]
    StableToken,
    /// `POST /wxa/business/getuserphonenumber`
    GetUserPhoneNumber,
    /// `GET /wxa/checksession`
    CheckSession,
    /// `GET /wxa/resetusersessionkey`
    ResetUserSessionKey,
    /// `POST /wxa/business/checkencryptedmsg`
    CheckEncryptedMsg,
}

impl Call {
    /// Whether the path is below `/sns`, whose backend writes errors in a way of its own.
    pub(crate) fn is_sns(self) -> bool {
        self == Self::Code2Session
    }

    /// Whether a success contains a session key.
    pub(crate) fn returns_session_key(self) -> bool {
        matches!(self, Self::Code2Session | Self::ResetUserSessionKey)
    }
}
