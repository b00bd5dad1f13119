//! Every call behind one interface, for tests of what all calls have in common.

use std::time::Duration;

use wxlogin_domain::model::{
    AppId, EncryptedDataHash, LoginCode, OpenId, PhoneCode, SessionKey, WechatAccessToken,
};
use wxlogin_domain::ports::{
    CallError, ExchangeError, PhoneNumberError, ResetSessionKeyError, WechatFault, WechatGateway,
    WechatReply,
};
use wxlogin_wechat::WechatClient;

use crate::scripted_server::{ScriptedServer, Step};
use crate::support::{
    APP_ID, CODE, OPEN_ID, PHONE, PHONE_CODE, SESSION_KEY, TOKEN, assert_no_secret, http_ok,
    patient_client, success,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    ExchangeCode,
    AccessToken,
    PhoneNumber,
    CheckSessionKey,
    ResetSessionKey,
    CheckEncryptedData,
}

/// The error of any call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failed {
    CodeInvalid(WechatReply),
    CodeUsed(WechatReply),
    Blocked(WechatReply),
    KeyInvalid(WechatReply),
    TokenRejected(WechatReply),
    Fault(WechatFault),
}

impl Call {
    pub(crate) const ALL: [Self; 6] = [
        Self::ExchangeCode,
        Self::AccessToken,
        Self::PhoneNumber,
        Self::CheckSessionKey,
        Self::ResetSessionKey,
        Self::CheckEncryptedData,
    ];

    /// How the request starts.
    pub(crate) fn request_start(self) -> String {
        match self {
            Self::ExchangeCode => "GET /sns/jscode2session?appid=".into(),
            Self::AccessToken => "POST /cgi-bin/stable_token HTTP/1.1\r\n".into(),
            Self::PhoneNumber => {
                format!("POST /wxa/business/getuserphonenumber?access_token={TOKEN} HTTP/1.1\r\n")
            }
            Self::CheckSessionKey => {
                format!("GET /wxa/checksession?access_token={TOKEN}&openid={OPEN_ID}&")
            }
            Self::ResetSessionKey => {
                format!("GET /wxa/resetusersessionkey?access_token={TOKEN}&openid={OPEN_ID}&")
            }
            Self::CheckEncryptedData => {
                format!("POST /wxa/business/checkencryptedmsg?access_token={TOKEN} HTTP/1.1\r\n")
            }
        }
    }

    /// A success as WeChat sends it.
    pub(crate) fn success(self) -> String {
        match self {
            Self::ExchangeCode => success(),
            Self::AccessToken => format!(r#"{{"access_token":"{TOKEN}","expires_in":7200}}"#),
            Self::PhoneNumber => format!(
                r#"{{"errcode":0,"errmsg":"ok","phone_info":{{"phoneNumber":"{PHONE}",
                "purePhoneNumber":"{PHONE}","countryCode":86,
                "watermark":{{"timestamp":1637744274,"appid":"{APP_ID}"}}}}}}"#
            ),
            Self::CheckSessionKey => r#"{"errcode":0,"errmsg":"ok"}"#.into(),
            Self::ResetSessionKey => format!(
                r#"{{"errcode":0,"errmsg":"ok","openid":"{OPEN_ID}","session_key":"{SESSION_KEY}"}}"#
            ),
            Self::CheckEncryptedData => {
                r#"{"errcode":0,"errmsg":"ok","vaild":true,"create_time":1629121902}"#.into()
            }
        }
    }

    /// Makes the call. `Ok(false)` is WeChat's answer that something is not valid. Panics if the
    /// text of an error contains a secret.
    pub(crate) async fn make(self, client: &WechatClient) -> Result<bool, Failed> {
        let app_id = AppId::parse(APP_ID).unwrap();
        let token = WechatAccessToken::parse(TOKEN).unwrap();
        let open_id = OpenId::parse(OPEN_ID).unwrap();
        let session_key = SessionKey::parse(SESSION_KEY).unwrap();
        match self {
            Self::ExchangeCode => {
                let code = LoginCode::parse(CODE).unwrap();
                without_secrets(client.exchange_code(&app_id, &code).await.map(|_| true))
            }
            Self::AccessToken => {
                without_secrets(client.access_token(&app_id, false).await.map(|_| true))
            }
            Self::PhoneNumber => {
                let code = PhoneCode::parse(PHONE_CODE).unwrap();
                let phone = client.phone_number(&app_id, &token, &code, &open_id).await;
                without_secrets(phone.map(|_| true))
            }
            Self::CheckSessionKey => without_secrets(
                client.check_session_key(&app_id, &token, &open_id, &session_key).await,
            ),
            Self::ResetSessionKey => {
                let key = client.reset_session_key(&app_id, &token, &open_id, &session_key).await;
                without_secrets(key.map(|_| true))
            }
            Self::CheckEncryptedData => {
                let hash = EncryptedDataHash::of("encrypted");
                without_secrets(client.check_encrypted_data(&app_id, &token, &hash).await)
            }
        }
    }

    /// Makes the call to a server that plays this script.
    pub(crate) async fn with(self, script: Vec<Step>) -> Result<bool, Failed> {
        let server = ScriptedServer::start([script]).await;
        let result = self.make(&patient_client(&server)).await;
        let requests = server.requests();
        assert_eq!(requests.len(), 1, "WeChat is asked once");
        assert!(requests[0].starts_with(&self.request_start()), "{}", requests[0]);
        result
    }

    /// Makes the call to a server that answers 200 with this body.
    pub(crate) async fn answered(self, body: &str) -> Result<bool, Failed> {
        self.with(vec![Step::Send(http_ok(body))]).await
    }
}

impl Failed {
    /// What went wrong, if WeChat is not available or was not asked.
    pub(crate) fn what(&self) -> Option<&'static str> {
        match self {
            Self::Fault(
                WechatFault::Unavailable { what, retry_after, .. }
                | WechatFault::NotAsked { what, retry_after },
            ) => {
                assert!(*retry_after >= Duration::from_secs(1));
                Some(what)
            }
            _ => None,
        }
    }
}

fn without_secrets<E>(result: Result<bool, E>) -> Result<bool, Failed>
where
    E: std::error::Error + Into<Failed>,
{
    result.map_err(|error| {
        assert_no_secret(&format!("{error} {error:?}"));
        error.into()
    })
}

impl From<WechatFault> for Failed {
    fn from(fault: WechatFault) -> Self {
        Self::Fault(fault)
    }
}

impl From<ExchangeError> for Failed {
    fn from(error: ExchangeError) -> Self {
        match error {
            ExchangeError::CodeInvalid(reply) => Self::CodeInvalid(reply),
            ExchangeError::CodeUsed(reply) => Self::CodeUsed(reply),
            ExchangeError::Blocked(reply) => Self::Blocked(reply),
            ExchangeError::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl From<CallError> for Failed {
    fn from(error: CallError) -> Self {
        match error {
            CallError::TokenRejected(reply) => Self::TokenRejected(reply),
            CallError::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl From<PhoneNumberError> for Failed {
    fn from(error: PhoneNumberError) -> Self {
        match error {
            PhoneNumberError::CodeInvalid(reply) => Self::CodeInvalid(reply),
            PhoneNumberError::NoNumber(_) => panic!("no call is answered with an empty number"),
            PhoneNumberError::TokenRejected(reply) => Self::TokenRejected(reply),
            PhoneNumberError::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl From<ResetSessionKeyError> for Failed {
    fn from(error: ResetSessionKeyError) -> Self {
        match error {
            ResetSessionKeyError::KeyInvalid(reply) => Self::KeyInvalid(reply),
            ResetSessionKeyError::TokenRejected(reply) => Self::TokenRejected(reply),
            ResetSessionKeyError::Fault(fault) => Self::Fault(fault),
        }
    }
}
