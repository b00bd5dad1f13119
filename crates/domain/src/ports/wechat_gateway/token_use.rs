use std::time::Duration;

use super::{WechatFault, WechatReply};
use crate::model::WechatAccessToken;

/// An access token that WeChat has just returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedAccessToken {
    /// The token.
    pub token: WechatAccessToken,
    /// How long it is valid, counted from the request.
    pub expires_in: Duration,
}

/// The error of a call with an access token.
pub trait TokenUseError: From<WechatFault> {
    /// Whether WeChat rejected the token, and so ignored the rest of the call.
    fn rejects_token(&self) -> bool;
}

/// Why a call with an access token failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The access token is invalid or expired. The caller must get a new one.
    #[error("WeChat rejects the access token ({0})")]
    TokenRejected(WechatReply),
    /// The call failed for a reason other than its arguments.
    #[error(transparent)]
    Fault(#[from] WechatFault),
}

impl TokenUseError for CallError {
    fn rejects_token(&self) -> bool {
        match self {
            Self::TokenRejected(_) => true,
            Self::Fault(_) => false,
        }
    }
}

/// Why WeChat returned no phone number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhoneNumberError {
    /// The code is wrong, expired, used, or from another user or app. The user must tap the button again.
    #[error("WeChat does not know the phone code ({0})")]
    CodeInvalid(WechatReply),
    /// WeChat exchanged the code for an empty number.
    #[error("WeChat has no phone number for the phone code ({0})")]
    NoNumber(WechatReply),
    /// The access token is invalid or expired. The caller must get a new one.
    #[error("WeChat rejects the access token ({0})")]
    TokenRejected(WechatReply),
    /// The call failed for another reason. The code may be used up.
    #[error(transparent)]
    Fault(#[from] WechatFault),
}

impl TokenUseError for PhoneNumberError {
    fn rejects_token(&self) -> bool {
        match self {
            Self::TokenRejected(_) => true,
            Self::CodeInvalid(_) | Self::NoNumber(_) | Self::Fault(_) => false,
        }
    }
}

/// Why a session key was not replaced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResetSessionKeyError {
    /// The session key is not the current one. The user must sign in again.
    #[error("the session key is no longer valid ({0})")]
    KeyInvalid(WechatReply),
    /// The access token is invalid or expired. The caller must get a new one.
    #[error("WeChat rejects the access token ({0})")]
    TokenRejected(WechatReply),
    /// The call failed for another reason. The old key may be invalid.
    #[error(transparent)]
    Fault(#[from] WechatFault),
}

impl TokenUseError for ResetSessionKeyError {
    fn rejects_token(&self) -> bool {
        match self {
            Self::TokenRejected(_) => true,
            Self::KeyInvalid(_) | Self::Fault(_) => false,
        }
    }
}
