use std::fmt::Display;
use std::sync::Arc;

use async_trait::async_trait;

use crate::model::{
    AppId, EncryptedDataHash, LoginCode, OpenId, PhoneCode, PhoneNumber, SessionKey,
    WechatAccessToken,
};
use crate::ports::{
    CallError, CodeExchange, ExchangeError, FetchedAccessToken, PhoneNumberError,
    ResetSessionKeyError, WechatFault, WechatGateway,
};

/// Logs every failed call of WeChat. Use cases need not, and no failure is logged twice.
pub(crate) struct LoggedGateway(Arc<dyn WechatGateway>);

impl LoggedGateway {
    pub(crate) fn new(gateway: Arc<dyn WechatGateway>) -> Self {
        Self(gateway)
    }
}

fn log_fault(app_id: &AppId, call: &str, fault: &WechatFault) {
    match fault {
        WechatFault::Misconfigured { .. } => {
            tracing::error!(%app_id, call, error = %fault, "WeChat calls fail until the operator fixes this");
        }
        WechatFault::RateLimited { .. } | WechatFault::Unavailable { .. } => {
            tracing::warn!(%app_id, call, error = %fault, "a WeChat call failed");
        }
        // While WeChat does not answer, thousands of calls a second can end like this.
        WechatFault::NotAsked { .. } => {}
    }
}

/// Logs that WeChat refused what the call was about, which is nobody's mistake here.
fn log_refusal(app_id: &AppId, call: &str, error: &dyn Display) {
    tracing::info!(%app_id, call, %error, "WeChat refused a call");
}

#[async_trait]
impl WechatGateway for LoggedGateway {
    async fn exchange_code(
        &self,
        app_id: &AppId,
        code: &LoginCode,
    ) -> Result<CodeExchange, ExchangeError> {
        let call = "code2Session";
        self.0.exchange_code(app_id, code).await.inspect_err(|error| match error {
            ExchangeError::Fault(fault) => log_fault(app_id, call, fault),
            ExchangeError::CodeInvalid(_)
            | ExchangeError::CodeUsed(_)
            | ExchangeError::Blocked(_) => log_refusal(app_id, call, error),
        })
    }

    async fn access_token(
        &self,
        app_id: &AppId,
        force: bool,
    ) -> Result<FetchedAccessToken, WechatFault> {
        let fetched = self.0.access_token(app_id, force).await;
        fetched.inspect_err(|fault| log_fault(app_id, "getStableAccessToken", fault))
    }

    async fn phone_number(
        &self,
        app_id: &AppId,
        token: &WechatAccessToken,
        code: &PhoneCode,
        open_id: &OpenId,
    ) -> Result<PhoneNumber, PhoneNumberError> {
        let call = "getPhoneNumber";
        let number = self.0.phone_number(app_id, token, code, open_id).await;
        number.inspect_err(|error| match error {
            PhoneNumberError::Fault(fault) => log_fault(app_id, call, fault),
            PhoneNumberError::CodeInvalid(_)
            | PhoneNumberError::NoNumber(_)
            | PhoneNumberError::TokenRejected(_) => log_refusal(app_id, call, error),
        })
    }

    async fn check_session_key(
        &self,
        app_id: &AppId,
        token: &WechatAccessToken,
        open_id: &OpenId,
        session_key: &SessionKey,
    ) -> Result<bool, CallError> {
        let checked = self.0.check_session_key(app_id, token, open_id, session_key).await;
        checked.inspect_err(|error| log_call_error(app_id, "checkSessionKey", error))
    }

    async fn reset_session_key(
        &self,
        app_id: &AppId,
        token: &WechatAccessToken,
        open_id: &OpenId,
        session_key: &SessionKey,
    ) -> Result<SessionKey, ResetSessionKeyError> {
        let call = "ResetUserSessionKey";
        let new = self.0.reset_session_key(app_id, token, open_id, session_key).await;
        new.inspect_err(|error| match error {
            ResetSessionKeyError::Fault(fault) => log_fault(app_id, call, fault),
            ResetSessionKeyError::KeyInvalid(_) | ResetSessionKeyError::TokenRejected(_) => {
                log_refusal(app_id, call, error);
            }
        })
    }

    async fn check_encrypted_data(
        &self,
        app_id: &AppId,
        token: &WechatAccessToken,
        hash: &EncryptedDataHash,
    ) -> Result<bool, CallError> {
        let checked = self.0.check_encrypted_data(app_id, token, hash).await;
        checked.inspect_err(|error| log_call_error(app_id, "checkEncryptedData", error))
    }
}

fn log_call_error(app_id: &AppId, call: &str, error: &CallError) {
    match error {
        CallError::Fault(fault) => log_fault(app_id, call, fault),
        CallError::TokenRejected(_) => log_refusal(app_id, call, error),
    }
}
