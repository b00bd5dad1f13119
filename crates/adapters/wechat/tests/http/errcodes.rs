//! WeChat's error codes and unreadable responses, in every call.

use std::time::{Duration, Instant};

use wxlogin_domain::ports::{WechatFault, WechatReply};

use crate::every_call::{Call, Failed};
use crate::scripted_server::{ScriptedServer, Step};
use crate::support::{client, http, http_ok, patient_client};

const RID: &str = "6065f8b1-0a1b2c3d-4e5f6a7b";

/// The meaning of each error code in each call: `c` code invalid, `u` code used, `b` blocked, `k`
/// key invalid, `t` token rejected, `l` rate limited, `m` misconfigured, `-` unavailable, `n` not
/// valid.
const MEANING: [(i64, &str); 38] = [
    // exchange, token, phone, check, reset, encrypted
    (-1, "------"),
    (1, "-----n"),
    (40001, "-mtttt"),
    (40002, "mmmmmm"),
    (40003, "--c---"),
    (40013, "mmmmmm"),
    (40014, "--tttt"),
    (40029, "c-c---"),
    (40066, "mmmmmm"),
    (40097, "------"),
    (40125, "mmmmmm"),
    (40163, "u-c---"),
    (40164, "mmmmmm"),
    (40226, "b-----"),
    (40243, "mmmmmm"),
    (41001, "mmmmmm"),
    (41002, "mmmmmm"),
    (41004, "mmmmmm"),
    (41008, "c-c---"),
    (42001, "--tttt"),
    (43001, "mmmmmm"),
    (43002, "mmmmmm"),
    (44002, "mmmmmm"),
    (45009, "llllll"),
    (45011, "llllll"),
    (47001, "mmmmmm"),
    (48001, "mmmmmm"),
    (48004, "mmmmmm"),
    (50002, "mmmmmm"),
    (50004, "mmmmmm"),
    (61010, "------"),
    (87008, "mmmmmm"),
    (87009, "---nk-"),
    (89501, "mmmmmm"),
    (89503, "mmmmmm"),
    (89506, "mmmmmm"),
    (89507, "mmmmmm"),
    (9_999_999_999, "------"),
];

fn letter(result: Result<bool, Failed>, errcode: i64) -> char {
    let (letter, actual) = match result {
        Ok(true) => panic!("{errcode} counts as success"),
        Ok(false) => return 'n',
        Err(Failed::CodeInvalid(actual)) => ('c', actual),
        Err(Failed::CodeUsed(actual)) => ('u', actual),
        Err(Failed::Blocked(actual)) => ('b', actual),
        Err(Failed::KeyInvalid(actual)) => ('k', actual),
        Err(Failed::TokenRejected(actual)) => ('t', actual),
        Err(Failed::Fault(WechatFault::RateLimited { reply, retry_after })) => {
            let seconds = if errcode == 45011 { 20 } else { 3600 };
            assert_eq!(retry_after, Duration::from_secs(seconds));
            ('l', reply)
        }
        Err(Failed::Fault(WechatFault::Misconfigured { reply, .. })) => ('m', reply),
        Err(Failed::Fault(WechatFault::Unavailable { reply, .. })) => ('-', reply),
        Err(Failed::Fault(WechatFault::NotAsked { what, .. })) => panic!("{errcode}: {what}"),
    };
    assert_eq!(actual, WechatReply { errcode: Some(errcode), rid: Some(RID.into()) });
    letter
}

#[tokio::test]
async fn every_error_code_has_its_meaning_in_every_call() {
    for (nth, call) in Call::ALL.into_iter().enumerate() {
        let script = |(errcode, _)| {
            // WeChat sends numbers and strings.
            let number =
                if nth % 2 == 0 { format!("{errcode}") } else { format!(r#""{errcode}""#) };
            let body = format!(r#"{{"errcode":{number},"errmsg":"no, rid: {RID}"}}"#);
            vec![Step::Send(http_ok(&body))]
        };
        let server = ScriptedServer::start(MEANING.map(script)).await;
        for (errcode, meaning) in MEANING {
            // Each has a client of its own, because a rate limit has an effect on later calls.
            let client = patient_client(&server);
            let letter = letter(call.make(&client).await, errcode);
            assert_eq!(letter, char::from(meaning.as_bytes()[nth]), "{call:?} {errcode}");
        }
        assert_eq!(server.requests().len(), MEANING.len(), "each call is sent once");
    }
}

#[tokio::test]
async fn a_success_is_accepted_with_any_content_type() {
    for call in Call::ALL {
        assert_eq!(call.answered(&call.success()).await, Ok(true), "{call:?}");
        let html = http("200 OK", "Content-Type: text/html; charset=gbk\r\n", &call.success());
        assert_eq!(call.with(vec![Step::Send(html)]).await, Ok(true), "{call:?}");
    }
}

#[tokio::test]
async fn a_refused_access_token_request_names_the_secret() {
    for errcode in [40001, 40125] {
        let body = format!(r#"{{"errcode":{errcode},"errmsg":"no"}}"#);
        let failed = Call::AccessToken.answered(&body).await.unwrap_err();
        let Failed::Fault(WechatFault::Misconfigured { fix, .. }) = failed else {
            panic!("{failed:?}");
        };
        assert!(fix.contains("the AppSecret is wrong"), "{fix}");
    }
}

#[tokio::test]
async fn an_unknown_path_names_the_setting_of_the_address() {
    for call in Call::ALL {
        let body = format!(r#"{{"errcode":40066,"errmsg":"invalid url rid: {RID}"}}"#);
        let failed = call.answered(&body).await.unwrap_err();
        let Failed::Fault(WechatFault::Misconfigured { fix, .. }) = failed else {
            panic!("{failed:?}");
        };
        assert!(fix.contains("`wechat.base_url`"), "{fix}");
    }
}

#[tokio::test]
async fn unreadable_responses_are_reported() {
    const NOT_JSON: &str = "its response is not the expected JSON";
    const HTTP_ERROR: &str = "it answered with an HTTP error";
    const CUT_OFF: &str = "its response was cut off";
    for call in Call::ALL {
        let (body, whole) = (call.success(), http_ok(&call.success()));
        let huge = format!("{body}{}", " ".repeat(64 << 10));
        for (script, what) in [
            (vec![Step::Send(http_ok(""))], NOT_JSON),
            (vec![Step::Send(http_ok("<html><body>busy</body></html>"))], NOT_JSON),
            (vec![Step::Send(http_ok(&body[..body.len() - 1]))], NOT_JSON),
            (vec![Step::Send(http("502 Bad Gateway", "", "<html>502</html>"))], HTTP_ERROR),
            (vec![Step::Send(http("404 Not Found", "", "{}"))], HTTP_ERROR),
            (vec![Step::Send(whole[..whole.len() - 5].to_owned()), Step::Close], CUT_OFF),
            (vec![Step::Close], "the connection closed before it answered"),
            (vec![Step::Send(http_ok(&huge))], "its response is larger than 64 KiB"),
        ] {
            let failed = call.with(script).await.unwrap_err();
            assert_eq!(failed.what(), Some(what), "{call:?}");
        }
    }
}

#[tokio::test]
async fn slow_responses_time_out() {
    for call in Call::ALL {
        let slow = Step::Trickle(http_ok(&call.success()), Duration::from_millis(50));
        let server = ScriptedServer::start([vec![slow]]).await;
        let hasty = client(&format!("http://{}", server.address), Duration::from_millis(300));
        let start = Instant::now();
        let failed = call.make(&hasty).await.unwrap_err();
        assert_eq!(failed.what(), Some("it did not answer in time"), "{call:?}");
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    }
}
