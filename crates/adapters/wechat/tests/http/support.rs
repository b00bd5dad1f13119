use std::sync::Arc;
use std::time::Duration;

use wxlogin_domain::model::{App, AppId, Apps, LoginCode, Secret, SignUp};
use wxlogin_domain::ports::{CodeExchange, ExchangeError, WechatFault, WechatGateway};
use wxlogin_domain::testing::ManualClock;
use wxlogin_wechat::{BaseUrl, WechatClient, WechatSettings};

use crate::canned::{CannedServer, Step};

pub(crate) const APP_ID: &str = "wxdev0000000000001";
pub(crate) const SECRET: &str = "5ec2e75ec2e75ec2e75ec2e75ec2e700";
pub(crate) const CODE: &str = "0c3Xy1000abcABC4567890abcdefGHIJ";
pub(crate) const OPEN_ID: &str = "oGZUI0egBJY1zhBYw2KhdUfwVJJE";
pub(crate) const UNION_ID: &str = "ocMvos6NjeKLIBqg5Mr9QjxrP1FA";
pub(crate) const SESSION_KEY: &str = "tiihtNczf5v6AKRyjwEUhQ==";
pub(crate) const SECOND_SECRET: &str = "0ddba110ddba110ddba110ddba110d00";
pub(crate) const TOKEN: &str = "94_nG4tTokenOfWechat-K7sQdQ0pPzYV3";
pub(crate) const PHONE_CODE: &str = "e31968a7f94cc5ee25fafc2aef2773f0bb8c3937";
pub(crate) const PHONE: &str = "13800138000";

/// What `SESSION_KEY` signs nothing with.
pub(crate) const SIGNATURE: &str =
    "7154f9f8b4b76b92f541cbf0e37d48840fa06e5e42da92a6f80168a1516a4735";

/// A good answer without errcode, as WeChat sends it.
pub(crate) fn good() -> String {
    format!(r#"{{"session_key":"{SESSION_KEY}","openid":"{OPEN_ID}"}}"#)
}

/// A whole HTTP answer the way WeChat sends it.
pub(crate) fn http_ok(body: &str) -> String {
    http("200 OK", "Content-Type: text/plain\r\n", body)
}

/// A whole HTTP answer with this status line and further header lines.
pub(crate) fn http(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

/// A client for the address that gives a call this long.
pub(crate) fn client(base_url: &str, total_timeout: Duration) -> WechatClient {
    client_of(vec![app(APP_ID, None)], base_url, total_timeout)
}

/// An app with one secret or two.
pub(crate) fn app(id: &str, second_secret: Option<&str>) -> App {
    App {
        id: AppId::parse(id).unwrap(),
        secret: Secret::new(SECRET),
        second_secret: second_secret.map(Secret::new),
        encrypted_phone: false,
        sign_up: SignUp::Open,
    }
}

/// A client of these apps.
pub(crate) fn client_of(apps: Vec<App>, base_url: &str, total_timeout: Duration) -> WechatClient {
    let settings = WechatSettings {
        base_url: BaseUrl::unofficial(base_url).unwrap(),
        connect_timeout: Duration::from_secs(5),
        total_timeout,
    };
    // 20 seconds before the next minute.
    let clock = ManualClock::default();
    clock.advance(Duration::from_secs(40));
    WechatClient::new(settings, Apps::new(apps), Arc::new(clock)).unwrap()
}

/// A client for the server that gives a call more time than it needs.
pub(crate) fn patient_client(server: &CannedServer) -> WechatClient {
    client(&format!("http://{}", server.address), Duration::from_secs(30))
}

/// One call. What it returns has been looked through for secrets.
pub(crate) async fn exchange(
    client: &WechatClient,
    code: &str,
) -> Result<CodeExchange, ExchangeError> {
    let app_id = AppId::parse(APP_ID).unwrap();
    let result = client.exchange_code(&app_id, &LoginCode::parse(code).unwrap()).await;
    assert_silent(&format!("{result:?}"));
    if let Err(error) = &result {
        assert_silent(&error.to_string());
    }
    result
}

/// One call to a server that plays this script.
pub(crate) async fn exchange_with(script: Vec<Step>) -> Result<CodeExchange, ExchangeError> {
    let server = CannedServer::start([script]).await;
    let result = exchange(&patient_client(&server), CODE).await;
    assert_eq!(server.requests().len(), 1, "the code is sent once");
    result
}

/// One call that is answered 200 with this body.
pub(crate) async fn exchange_answered(body: &str) -> Result<CodeExchange, ExchangeError> {
    exchange_with(vec![Step::Send(http_ok(body))]).await
}

/// That the text holds nothing that must stay secret.
pub(crate) fn assert_silent(text: &str) {
    for secret in [
        SECRET,
        SECOND_SECRET,
        CODE,
        PHONE_CODE,
        TOKEN,
        PHONE,
        OPEN_ID,
        UNION_ID,
        SESSION_KEY,
        SIGNATURE,
    ] {
        assert!(!text.contains(secret), "a secret is shown:\n{text}");
    }
}

/// What is said to be wrong, of a call that failed with `Unavailable`.
pub(crate) fn what(result: Result<CodeExchange, ExchangeError>) -> &'static str {
    match result {
        Err(ExchangeError::Fault(WechatFault::Unavailable { what, retry_after, .. })) => {
            assert_eq!(retry_after, Duration::from_secs(2));
            what
        }
        other => panic!("{other:?}"),
    }
}
