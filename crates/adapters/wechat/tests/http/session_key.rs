//! Checking and replacing session keys.

use wxlogin_domain::model::{AppId, OpenId, SessionKey, WechatAccessToken};
use wxlogin_domain::ports::WechatGateway;

use crate::every_call::Call;
use crate::scripted_server::{ScriptedServer, Step};
use crate::support::{APP_ID, OPEN_ID, SESSION_KEY, TOKEN, http_ok, patient_client};

/// The key of WeChat's example, and its signature of the empty string. The key's text signs, not
/// its bytes.
const EXAMPLE_KEY: &str = "o0q0otL8aEzpcZL/FT9WsQ==";
const SIGNATURE: &str = "46e043c5525c2d817c44be603d30837a808a1d930d038f6fdc3e62a201fed128";

#[tokio::test]
async fn the_requests_are_as_wechat_documents_them() {
    let responses = [Call::CheckSessionKey, Call::ResetSessionKey]
        .map(|call| vec![Step::Send(http_ok(&call.success()))]);
    let server = ScriptedServer::start(responses).await;
    let client = patient_client(&server);
    let app_id = AppId::parse(APP_ID).unwrap();
    let token = WechatAccessToken::parse(TOKEN).unwrap();
    let open_id = OpenId::parse(OPEN_ID).unwrap();
    let key = SessionKey::parse(EXAMPLE_KEY).unwrap();
    assert_eq!(client.check_session_key(&app_id, &token, &open_id, &key).await, Ok(true));
    let new = client.reset_session_key(&app_id, &token, &open_id, &key).await.unwrap();
    assert_eq!(new.expose(), SESSION_KEY);
    for (request, path) in
        server.requests().iter().zip(["wxa/checksession", "wxa/resetusersessionkey"])
    {
        let request_line = format!(
            "GET /{path}?access_token={TOKEN}&openid={OPEN_ID}&signature={SIGNATURE}\
             &sig_method=hmac_sha256 HTTP/1.1\r\n"
        );
        assert!(request.starts_with(&request_line), "{request}");
        assert!(!request.contains(EXAMPLE_KEY), "the key itself is never sent");
    }
}

#[tokio::test]
async fn a_new_key_of_another_user_is_refused() {
    for (rest, accepted) in [
        (format!(r#""openid":"{OPEN_ID}","session_key":"{SESSION_KEY}""#), true),
        (format!(r#""session_key":"{SESSION_KEY}""#), true),
        (format!(r#""openid":"oSomebodyElse","session_key":"{SESSION_KEY}""#), false),
        (format!(r#""openid":"{OPEN_ID}""#), false),
        (format!(r#""openid":"{OPEN_ID}","session_key":"short""#), false),
    ] {
        let result = Call::ResetSessionKey.answered(&format!(r#"{{"errcode":0,{rest}}}"#)).await;
        match result {
            Ok(_) => assert!(accepted, "{rest}"),
            Err(failed) => {
                assert!(!accepted, "{rest}");
                let what = "its response lacks a session key of this user";
                assert_eq!(failed.what(), Some(what), "{rest}");
            }
        }
    }
}
