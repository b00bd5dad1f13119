//! Exchanging a login code: the request, and every kind of response.

use std::time::Duration;

use wxlogin_domain::model::{AppId, LoginCode};
use wxlogin_domain::ports::{ExchangeError, WechatFault, WechatGateway, WechatReply};

use crate::scripted_server::{ScriptedServer, Step};
use crate::support::{
    APP_ID, CODE, OPEN_ID, SECRET, SESSION_KEY, UNION_ID, exchange, exchange_answered,
    exchange_with, http, http_ok, patient_client, success, what,
};

const RID: &str = "6065f8b1-0a1b2c3d-4e5f6a7b";

#[tokio::test]
async fn the_request_is_as_wechat_documents_it() {
    let server = ScriptedServer::start([vec![Step::Send(http_ok(&success()))]]).await;
    exchange(&patient_client(&server), CODE).await.unwrap();
    let request = server.requests().remove(0);
    let request_line = format!(
        "GET /sns/jscode2session?appid={APP_ID}&secret={SECRET}&js_code={CODE}\
         &grant_type=authorization_code HTTP/1.1\r\n"
    );
    assert!(request.starts_with(&request_line), "{request}");
    let agent = concat!("user-agent: wxlogin/", env!("CARGO_PKG_VERSION"), "\r\n");
    assert!(request.to_ascii_lowercase().contains(agent), "{request}");
}

#[tokio::test]
async fn a_success_may_have_extra_or_invalid_optional_fields() {
    for rest in [
        "",
        r#","errcode":0"#,
        r#","errcode":"0","errmsg":"ok""#,
        r#","errcode":null"#,
        r#","expires_in":7200,"new":{"a":[1,null]}"#,
        r#","unionid":"""#,
        r#","unionid":null"#,
        r#","unionid":"no union id""#,
        r#","unionid":7"#,
    ] {
        let body = format!(r#"{{"openid":"{OPEN_ID}","session_key":"{SESSION_KEY}"{rest}}}"#);
        let user = exchange_answered(&body).await.unwrap();
        assert_eq!(user.open_id.as_str(), OPEN_ID, "{rest}");
        assert_eq!(user.session_key.expose(), SESSION_KEY, "{rest}");
        assert_eq!(user.union_id, None, "{rest}");
    }
}

#[tokio::test]
async fn the_unionid_is_returned() {
    let body =
        format!(r#"{{"openid":"{OPEN_ID}","session_key":"{SESSION_KEY}","unionid":"{UNION_ID}"}}"#);
    let user = exchange_answered(&body).await.unwrap();
    assert_eq!(user.union_id.unwrap().as_str(), UNION_ID);
}

#[tokio::test]
async fn the_content_type_is_ignored() {
    for headers in
        ["", "Content-Type: text/html; charset=gbk\r\n", "Content-Type: application/json\r\n"]
    {
        let answer = http("200 OK", headers, &success());
        assert!(exchange_with(vec![Step::Send(answer)]).await.is_ok(), "{headers}");
    }
}

#[tokio::test]
async fn an_incomplete_success_is_refused() {
    for body in [
        "{}".to_owned(),
        format!(r#"{{"openid":"{OPEN_ID}"}}"#),
        format!(r#"{{"session_key":"{SESSION_KEY}"}}"#),
        format!(r#"{{"openid":"","session_key":"{SESSION_KEY}"}}"#),
        format!(r#"{{"openid":"{OPEN_ID}","session_key":""}}"#),
        format!(r#"{{"openid":"{OPEN_ID} ","session_key":"{SESSION_KEY}"}}"#),
        format!(r#"{{"openid":["{OPEN_ID}"],"session_key":"{SESSION_KEY}"}}"#),
        // Fifteen and eighteen bytes.
        format!(r#"{{"openid":"{OPEN_ID}","session_key":"tiihtNczf5v6AKRyjwEU"}}"#),
        format!(r#"{{"openid":"{OPEN_ID}","session_key":"tiihtNczf5v6AKRyjwEUhQAB"}}"#),
    ] {
        let what = what(exchange_answered(&body).await);
        assert_eq!(what, "its response lacks an openid or a session key", "{body}");
    }
}

async fn refused(errcode: i64, errmsg: &str) -> ExchangeError {
    exchange_answered(&format!(r#"{{"errcode":{errcode},"errmsg":"{errmsg}, rid: {RID}"}}"#))
        .await
        .unwrap_err()
}

fn reply(errcode: i64) -> WechatReply {
    WechatReply { errcode: Some(errcode), rid: Some(RID.to_owned()) }
}

#[tokio::test]
async fn errors_of_the_code_and_the_user() {
    for (errcode, expected) in [
        (40029, ExchangeError::CodeInvalid(reply(40029))),
        (41008, ExchangeError::CodeInvalid(reply(41008))),
        (40163, ExchangeError::CodeUsed(reply(40163))),
        (40226, ExchangeError::Blocked(reply(40226))),
    ] {
        assert_eq!(refused(errcode, "no").await, expected);
    }
}

#[tokio::test]
async fn rate_limits_say_when_to_retry() {
    for (errcode, seconds) in [(45011, 20), (45009, 3600)] {
        let expected = ExchangeError::Fault(WechatFault::RateLimited {
            reply: reply(errcode),
            retry_after: Duration::from_secs(seconds),
        });
        assert_eq!(refused(errcode, "reach the limit").await, expected);
    }
}

#[tokio::test]
async fn a_misconfiguration_says_what_to_fix() {
    for (errcode, word) in [
        (40002, "a proxy"),
        (40013, "capital and small letters"),
        (40125, "wait some minutes if it was just reset"),
        (40164, "this server's outgoing IP address"),
        (40243, "frozen"),
        (41002, "a proxy"),
        (41004, "an empty AppSecret"),
        (48001, "a mini-program"),
        (48004, "rules"),
        (50002, "restricted or closed"),
    ] {
        let ExchangeError::Fault(WechatFault::Misconfigured { reply: actual, fix }) =
            refused(errcode, "no").await
        else {
            panic!("{errcode}");
        };
        assert_eq!(actual, reply(errcode));
        assert!(fix.contains(word), "{errcode}: {fix}");
    }
}

#[tokio::test]
async fn the_ip_address_is_all_that_is_quoted_of_wechats_text() {
    for (errmsg, named) in [
        ("invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist", "203.0.113.7 "),
        ("invalid ip 2001:DB8::1, not in whitelist", "2001:db8::1 "),
        ("invalid ip 203.0.113.7.8, not in whitelist", "this server's"),
        (&format!("invalid ip {SECRET}, not in whitelist"), "this server's"),
    ] {
        let ExchangeError::Fault(WechatFault::Misconfigured { fix, .. }) =
            refused(40164, errmsg).await
        else {
            panic!("{errmsg}");
        };
        assert!(fix.contains(named), "{errmsg}: {fix}");
        assert!(!fix.contains("ffff"), "{fix}");
    }
}

#[tokio::test]
async fn busy_and_unknown_error_codes_are_kept() {
    for errcode in [-1, 1, 40001, 61010, 9_999_999_999] {
        let ExchangeError::Fault(WechatFault::Unavailable { reply: actual, .. }) =
            refused(errcode, "no").await
        else {
            panic!("{errcode}");
        };
        assert_eq!(actual, reply(errcode));
    }
}

#[tokio::test]
async fn an_error_code_counts_whatever_the_status_and_the_other_fields() {
    let body = r#"{"errcode":"40163","errmsg":"code been used"}"#;
    let reply = WechatReply { errcode: Some(40163), rid: None };
    for status in ["200 OK", "400 Bad Request", "412 Precondition Failed", "502 Bad Gateway"] {
        let error = exchange_with(vec![Step::Send(http(status, "", body))]).await.unwrap_err();
        assert_eq!(error, ExchangeError::CodeUsed(reply.clone()), "{status}");
    }
    let with_a_user = format!(r#"{{"errcode":40163,{}"#, &success()[1..]);
    assert_eq!(exchange_answered(&with_a_user).await.unwrap_err(), ExchangeError::CodeUsed(reply));
}

#[tokio::test]
async fn a_request_id_of_the_old_format_is_kept() {
    let body = r#"{"errcode":40029,"errmsg":"invalid code, hints: [ req_id: vq0RgA0744th31 ]"}"#;
    let rid = Some("vq0RgA0744th31".to_owned());
    let expected = ExchangeError::CodeInvalid(WechatReply { errcode: Some(40029), rid });
    assert_eq!(exchange_answered(body).await.unwrap_err(), expected);
}

#[tokio::test]
async fn text_that_quotes_the_request_is_dropped() {
    for errcode in [40029, 40125, 40164, 45011, -1, 7] {
        for errmsg in [
            format!("{SECRET} {CODE}"),
            format!("no, rid: {SECRET}"),
            format!("no, rid: {CODE}"),
            format!("no, rid: {RID} {CODE}"),
            format!("no, hints: [ req_id: {SECRET} ]"),
            format!("invalid ip {CODE}, {SECRET}"),
        ] {
            let body = format!(r#"{{"errcode":{errcode},"errmsg":"{errmsg}"}}"#);
            let error = exchange_answered(&body).await.unwrap_err().to_string();
            assert!(!error.contains("rid"), "{error}");
        }
    }
}

#[tokio::test]
async fn nothing_is_sent_for_an_unknown_app() {
    let server = ScriptedServer::start([]).await;
    let app_id = AppId::parse("wxother00000000001").unwrap();
    let code = LoginCode::parse(CODE).unwrap();
    let result = patient_client(&server).exchange_code(&app_id, &code).await;
    assert!(
        matches!(result, Err(ExchangeError::Fault(WechatFault::Misconfigured { .. }))),
        "{result:?}"
    );
    assert_eq!(server.connections(), 0);
}
