use std::sync::Arc;
use std::time::Duration;

use wxlogin_domain::model::{App, AppId, Apps, LoginCode, Secret, SignUp};
use wxlogin_domain::ports::{CodeExchange, ExchangeError, WechatFault, WechatGateway};
use wxlogin_domain::testing::ManualClock;
use wxlogin_wechat::{BaseUrl, WechatClient, WechatSettings};

use crate::scripted_server::{ScriptedServer, Step};

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

/// The signature of the empty string with `SESSION_KEY`.
pub(crate) const SIGNATURE: &str =
    "7154f9f8b4b76b92f541cbf0e37d48840fa06e5e42da92a6f80168a1516a4735";

/// A success without errcode, as WeChat sends it.
pub(crate) fn success() -> String {
    format!(r#"{{"session_key":"{SESSION_KEY}","openid":"{OPEN_ID}"}}"#)
}

/// A complete HTTP response as WeChat sends it.
pub(crate) fn http_ok(body: &str) -> String {
    http("200 OK", "Content-Type: text/plain\r\n", body)
}

/// A complete HTTP response with this status and these header lines.
pub(crate) fn http(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

/// A client for this address with this timeout.
pub(crate) fn client(base_url: &str, total_timeout: Duration) -> WechatClient {
    client_of(vec![app(APP_ID, None)], base_url, total_timeout)
}

/// An app, with a second secret or without.
pub(crate) fn app(id: &str, second_secret: Option<&str>) -> App {
    App {
        id: AppId::parse(id).unwrap(),
        secret: Secret::new(SECRET),
        second_secret: second_secret.map(Secret::new),
        encrypted_phone: false,
        sign_up: SignUp::Open,
    }
}

/// A client for these apps.
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

/// A client for this server with a timeout that no call reaches.
pub(crate) fn patient_client(server: &ScriptedServer) -> WechatClient {
    client(&format!("http://{}", server.address), Duration::from_secs(30))
}

/// Exchanges a code. Panics if the text of the result contains a secret.
pub(crate) async fn exchange(
    client: &WechatClient,
    code: &str,
) -> Result<CodeExchange, ExchangeError> {
    let app_id = AppId::parse(APP_ID).unwrap();
    let result = client.exchange_code(&app_id, &LoginCode::parse(code).unwrap()).await;
    assert_no_secret(&format!("{result:?}"));
    if let Err(error) = &result {
        assert_no_secret(&error.to_string());
    }
    result
}

/// Exchanges a code with a server that plays this script.
pub(crate) async fn exchange_with(script: Vec<Step>) -> Result<CodeExchange, ExchangeError> {
    let server = ScriptedServer::start([script]).await;
    let result = exchange(&patient_client(&server), CODE).await;
    assert_eq!(server.requests().len(), 1, "the code is sent once");
    result
}

/// Exchanges a code with a server that answers 200 with this body.
pub(crate) async fn exchange_answered(body: &str) -> Result<CodeExchange, ExchangeError> {
    exchange_with(vec![Step::Send(http_ok(body))]).await
}

/// Asserts that the text contains no secret.
pub(crate) fn assert_no_secret(text: &str) {
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
        assert!(!text.contains(secret), "the text contains a secret:\n{text}");
    }
}

/// What went wrong in a call that failed with `Unavailable`.
pub(crate) fn what(result: Result<CodeExchange, ExchangeError>) -> &'static str {
    match result {
        Err(ExchangeError::Fault(WechatFault::Unavailable { what, retry_after, .. })) => {
            assert_eq!(retry_after, Duration::from_secs(2));
            what
        }
        other => panic!("{other:?}"),
    }
}
