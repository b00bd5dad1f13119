use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use wxlogin_domain::model::{AppId, Apps, LoginCode};
use wxlogin_domain::ports::{Clock, CodeExchange, ExchangeError, WechatGateway, WechatReply};

use crate::BaseUrl;
use crate::code2session::code2session;
use crate::errcode::misconfigured;
use crate::http::{CannotBuildClient, Http};

/// How WeChat is reached.
#[derive(Debug, Clone)]
pub struct WechatSettings {
    /// Where it is.
    pub base_url: BaseUrl,
    /// How long a new connection may take, TLS included.
    pub connect_timeout: Duration,
    /// How long a call may take, from its start to the last byte of its answer.
    pub total_timeout: Duration,
}

/// WeChat's server API for the apps of this deployment. The system's proxy is used, unless WeChat's
/// address is on this machine.
pub struct WechatClient {
    http: Http,
    apps: Apps,
    clock: Arc<dyn Clock>,
}

impl WechatClient {
    /// Makes the client; nothing is sent yet.
    pub fn new(
        settings: WechatSettings,
        apps: Apps,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, CannotBuildClient> {
        Ok(Self { http: Http::new(settings)?, apps, clock })
    }
}

#[async_trait]
impl WechatGateway for WechatClient {
    async fn exchange_code(
        &self,
        app_id: &AppId,
        code: &LoginCode,
    ) -> Result<CodeExchange, ExchangeError> {
        let app = self
            .apps
            .resolve(Some(app_id.as_str()))
            .map_err(|unknown| misconfigured(WechatReply::default(), &unknown.to_string()))?;
        code2session(&self.http, app, code, &*self.clock).await
    }
}
