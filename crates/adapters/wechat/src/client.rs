use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use wxlogin_domain::model::{
    AppId, Apps, EncryptedDataHash, LoginCode, OpenId, PhoneCode, PhoneNumber, SessionKey,
    UnknownApp, WechatAccessToken,
};
use wxlogin_domain::ports::{
    CallError, Clock, CodeExchange, ExchangeError, FetchedAccessToken, PhoneNumberError,
    ResetSessionKeyError, WechatFault, WechatGateway, WechatReply,
};

use crate::app_client::{AppClient, Call};
use crate::call_counters::CallCount;
use crate::check_encrypted_data::{self, check_encrypted_data};
use crate::code2session::{self, code2session};
use crate::errcode::misconfigured;
use crate::get_phone_number::{self, get_phone_number};
use crate::http::{CannotBuildClient, Http, WechatSettings};
use crate::session_key::{self, check_session_key, reset_session_key};
use crate::stable_token::{self, stable_token};

/// WeChat's server API for the apps of this deployment. Requests go through the system's proxy,
/// unless WeChat's address is on this machine.
pub struct WechatClient {
    http: Http,
    apps: BTreeMap<AppId, AppClient>,
    clock: Arc<dyn Clock>,
}

impl WechatClient {
    /// Builds the client; sends nothing yet.
    pub fn new(
        settings: WechatSettings,
        apps: Apps,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, CannotBuildClient> {
        let apps = apps.into_iter().map(|app| (app.id.clone(), AppClient::new(app))).collect();
        Ok(Self { http: Http::new(settings)?, apps, clock })
    }

    /// How often each call had each outcome since this process started, for metrics.
    #[must_use]
    pub fn counts(&self) -> Vec<CallCount> {
        self.apps.values().flat_map(|app| app.counters.list(&app.app_id)).collect()
    }

    async fn begin(&self, app_id: &AppId, path: &'static str) -> Result<Call<'_>, WechatFault> {
        let app = self.apps.get(app_id).ok_or_else(|| {
            misconfigured(WechatReply::default(), &UnknownApp::NotConfigured.to_string())
        })?;
        app.begin(&self.http, &*self.clock, path).await
    }
}

#[async_trait]
impl WechatGateway for WechatClient {
    async fn exchange_code(
        &self,
        app_id: &AppId,
        code: &LoginCode,
    ) -> Result<CodeExchange, ExchangeError> {
        code2session(&self.begin(app_id, code2session::PATH).await?, code).await
    }

    async fn access_token(
        &self,
        app_id: &AppId,
        force: bool,
    ) -> Result<FetchedAccessToken, WechatFault> {
        stable_token(&self.begin(app_id, stable_token::PATH).await?, force).await
    }

    async fn phone_number(
        &self,
        app_id: &AppId,
        token: &WechatAccessToken,
        code: &PhoneCode,
        open_id: &OpenId,
    ) -> Result<PhoneNumber, PhoneNumberError> {
        let call = self.begin(app_id, get_phone_number::PATH).await?;
        get_phone_number(&call, token, code, open_id).await
    }

    async fn check_session_key(
        &self,
        app_id: &AppId,
        token: &WechatAccessToken,
        open_id: &OpenId,
        session_key: &SessionKey,
    ) -> Result<bool, CallError> {
        let call = self.begin(app_id, session_key::CHECK_PATH).await?;
        check_session_key(&call, token, open_id, session_key).await
    }

    async fn reset_session_key(
        &self,
        app_id: &AppId,
        token: &WechatAccessToken,
        open_id: &OpenId,
        session_key: &SessionKey,
    ) -> Result<SessionKey, ResetSessionKeyError> {
        let call = self.begin(app_id, session_key::RESET_PATH).await?;
        reset_session_key(&call, token, open_id, session_key).await
    }

    async fn check_encrypted_data(
        &self,
        app_id: &AppId,
        token: &WechatAccessToken,
        hash: &EncryptedDataHash,
    ) -> Result<bool, CallError> {
        let call = self.begin(app_id, check_encrypted_data::PATH).await?;
        check_encrypted_data(&call, token, hash).await
    }
}
