use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Notify;

use crate::model::{
    AppId, EncryptedDataHash, LoginCode, OpenId, PhoneCode, PhoneNumber, SessionKey, UnionId,
    WechatAccessToken,
};
use crate::ports::{
    CallError, CodeExchange, ExchangeError, FetchedAccessToken, PhoneNumberError,
    ResetSessionKeyError, WechatFault, WechatGateway, WechatReply,
};

/// A WeChat in this process, which can be made to wait.
///
/// - The login code `code-alice-1` stands for `oalice`; codes like `invalid-1`, `used-1` and
///   `unavailable-1` fail as they say. Any code without a hyphen stands for `oAlice`.
/// - The phone code `phone-alice-13800138000-1` stands for that number of `oalice`.
/// - The session key of `oalice` is valid and that of `obob` is not. Everything else is
///   unavailable.
#[derive(Default)]
pub struct FakeWechat {
    gate: Option<Arc<Gate>>,
    access_tokens: Mutex<VecDeque<FetchedAccessToken>>,
}

/// Holds the calls of a [`FakeWechat`] until they are let through.
#[derive(Default)]
pub struct Gate {
    /// The number of calls so far.
    pub calls: AtomicUsize,
    /// Is notified of each call.
    pub called: Notify,
    /// Lets one call through.
    pub open: Notify,
}

impl FakeWechat {
    /// A WeChat whose logins and access tokens wait at the gate. Its access tokens are these, then
    /// the usual one.
    #[must_use]
    pub fn gated(access_tokens: Vec<FetchedAccessToken>) -> (Self, Arc<Gate>) {
        let gate = Arc::new(Gate::default());
        let access_tokens = Mutex::new(access_tokens.into());
        (Self { gate: Some(gate.clone()), access_tokens }, gate)
    }

    async fn wait(&self) {
        if let Some(gate) = &self.gate {
            gate.calls.fetch_add(1, Ordering::SeqCst);
            gate.called.notify_one();
            gate.open.notified().await;
        }
    }
}

fn unavailable() -> WechatFault {
    let (reply, retry_after) = (WechatReply::default(), Duration::from_secs(7));
    WechatFault::Unavailable { reply, what: "down", retry_after }
}

#[async_trait]
impl WechatGateway for FakeWechat {
    async fn exchange_code(
        &self,
        _: &AppId,
        code: &LoginCode,
    ) -> Result<CodeExchange, ExchangeError> {
        self.wait().await;
        let (reply, retry_after) = (WechatReply::default(), Duration::from_secs(7));
        let (kind, rest) = code.expose().split_once('-').unwrap_or(("code", "Alice"));
        let fault = match kind {
            "invalid" => return Err(ExchangeError::CodeInvalid(reply)),
            "used" => return Err(ExchangeError::CodeUsed(reply)),
            "blocked" => return Err(ExchangeError::Blocked(reply)),
            "limited" => Some(WechatFault::RateLimited { reply, retry_after }),
            "misconfigured" => Some(WechatFault::Misconfigured { reply, fix: "s3cret".into() }),
            "unavailable" => Some(unavailable()),
            _ => None,
        };
        if let Some(fault) = fault {
            return Err(fault.into());
        }
        let name = rest.split('-').next().unwrap_or_default();
        Ok(CodeExchange {
            open_id: OpenId::parse(&format!("o{name}")).expect("well-formed"),
            union_id: Some(UnionId::parse(&format!("u{name}")).expect("well-formed")),
            session_key: SessionKey::parse("tiihtNczf5v6AKRyjwEUhQ==").expect("well-formed"),
        })
    }

    async fn access_token(&self, _: &AppId, _: bool) -> Result<FetchedAccessToken, WechatFault> {
        self.wait().await;
        let next = self.access_tokens.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        Ok(next.unwrap_or_else(|| FetchedAccessToken {
            token: WechatAccessToken::parse("token").expect("well-formed"),
            expires_in: Duration::from_hours(2),
        }))
    }

    async fn phone_number(
        &self,
        _: &AppId,
        _: &WechatAccessToken,
        code: &PhoneCode,
        open_id: &OpenId,
    ) -> Result<PhoneNumber, PhoneNumberError> {
        match code.expose().split('-').collect::<Vec<_>>()[..] {
            ["phone", owner, number, _] if open_id.as_str() == format!("o{owner}") => {
                Ok(PhoneNumber::parse("86", number).expect("well-formed"))
            }
            ["unavailable"] => Err(unavailable().into()),
            ["empty"] => Err(PhoneNumberError::NoNumber(WechatReply::default())),
            _ => Err(PhoneNumberError::CodeInvalid(WechatReply::default())),
        }
    }

    async fn check_session_key(
        &self,
        _: &AppId,
        _: &WechatAccessToken,
        open_id: &OpenId,
        _: &SessionKey,
    ) -> Result<bool, CallError> {
        match open_id.as_str() {
            "oalice" => Ok(true),
            "obob" => Ok(false),
            _ => Err(unavailable().into()),
        }
    }

    async fn reset_session_key(
        &self,
        _: &AppId,
        _: &WechatAccessToken,
        _: &OpenId,
        _: &SessionKey,
    ) -> Result<SessionKey, ResetSessionKeyError> {
        Err(unavailable().into())
    }

    async fn check_encrypted_data(
        &self,
        _: &AppId,
        _: &WechatAccessToken,
        _: &EncryptedDataHash,
    ) -> Result<bool, CallError> {
        Err(unavailable().into())
    }
}
