//! A WeChat that takes its time.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tokio::sync::Notify;

use crate::model::{
    AppId, EncryptedDataHash, LoginCode, OpenId, PhoneCode, PhoneNumber, SessionKey, UnionId,
    WechatAccessToken,
};
use crate::ports::{
    CallError, CodeExchange, ExchangeError, FetchedAccessToken, PhoneNumberError,
    ResetSessionKeyError, WechatFault, WechatGateway,
};

/// Whom every code stands for.
pub(super) fn exchange() -> CodeExchange {
    CodeExchange {
        open_id: OpenId::parse("oAlice").unwrap(),
        union_id: Some(UnionId::parse("uAlice").unwrap()),
        session_key: SessionKey::parse("tiihtNczf5v6AKRyjwEUhQ==").unwrap(),
    }
}

/// Answers when it is let go, once for each call.
#[derive(Default)]
pub(super) struct SlowWechat {
    /// How many calls there were.
    pub(super) calls: Arc<AtomicUsize>,
    /// Hears of each call.
    pub(super) asked: Arc<Notify>,
    /// Lets one call go.
    pub(super) go: Arc<Notify>,
    /// What is answered to those who ask for an access token, in order.
    pub(super) tokens: Mutex<VecDeque<Result<FetchedAccessToken, WechatFault>>>,
}

impl SlowWechat {
    async fn wait(&self) {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.asked.notify_one();
        self.go.notified().await;
    }
}

#[async_trait]
impl WechatGateway for SlowWechat {
    async fn exchange_code(&self, _: &AppId, _: &LoginCode) -> Result<CodeExchange, ExchangeError> {
        self.wait().await;
        Ok(exchange())
    }

    async fn access_token(&self, _: &AppId, _: bool) -> Result<FetchedAccessToken, WechatFault> {
        self.wait().await;
        self.tokens.lock().unwrap().pop_front().unwrap()
    }

    async fn phone_number(
        &self,
        _: &AppId,
        _: &WechatAccessToken,
        _: &PhoneCode,
        _: &OpenId,
    ) -> Result<PhoneNumber, PhoneNumberError> {
        unreachable!("nobody asks")
    }

    async fn check_session_key(
        &self,
        _: &AppId,
        _: &WechatAccessToken,
        _: &OpenId,
        _: &SessionKey,
    ) -> Result<bool, CallError> {
        unreachable!("nobody asks")
    }

    async fn reset_session_key(
        &self,
        _: &AppId,
        _: &WechatAccessToken,
        _: &OpenId,
        _: &SessionKey,
    ) -> Result<SessionKey, ResetSessionKeyError> {
        unreachable!("nobody asks")
    }

    async fn check_encrypted_data(
        &self,
        _: &AppId,
        _: &WechatAccessToken,
        _: &EncryptedDataHash,
    ) -> Result<bool, CallError> {
        unreachable!("nobody asks")
    }
}
