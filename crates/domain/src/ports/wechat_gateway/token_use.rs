use std::time::Duration;

use super::{WechatFault, WechatReply};
use crate::model::WechatAccessToken;

/// An access token that WeChat has just named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedAccessToken {
    /// The token.
    pub token: WechatAccessToken,
    /// How long it works, from the moment it was asked for.
    pub expires_in: Duration,
}

/// An error of a call that carries an access token.
pub trait TokenUseError: From<WechatFault> {
    /// Whether WeChat refused the token and did not look at the rest of the call.
    fn rejects_token(&self) -> bool;
}

/// Why a call that carries an access token failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The caller gets another access token.
    #[error("WeChat refuses the access token ({0})")]
    TokenRejected(WechatReply),
    /// Through no fault of the call.
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

/// Why WeChat named no phone number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhoneNumberError {
    /// The person taps again: the code is wrong, expired, used, another person's or of another app.
    #[error("WeChat does not know the phone code ({0})")]
    CodeInvalid(WechatReply),
    /// The caller gets another access token.
    #[error("WeChat refuses the access token ({0})")]
    TokenRejected(WechatReply),
    /// Through no fault of the call. The code may or may not be spent.
    #[error(transparent)]
    Fault(#[from] WechatFault),
}

impl TokenUseError for PhoneNumberError {
    fn rejects_token(&self) -> bool {
        match self {
            Self::TokenRejected(_) => true,
            Self::CodeInvalid(_) | Self::Fault(_) => false,
        }
    }
}

/// Why a session key was not replaced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResetSessionKeyError {
    /// The person signs in again: the key is not the valid one.
    #[error("the session key is not valid any more ({0})")]
    KeyInvalid(WechatReply),
    /// The caller gets another access token.
    #[error("WeChat refuses the access token ({0})")]
    TokenRejected(WechatReply),
    /// Through no fault of the call. The old key may or may not be dead.
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
