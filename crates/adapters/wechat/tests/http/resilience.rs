//! While WeChat does not answer, calls fail at once; they resume within seconds when it is back.

use std::time::{Duration, Instant};

use wxlogin_domain::model::{AppId, LoginCode};
use wxlogin_domain::ports::{ExchangeError, WechatFault, WechatGateway};
use wxlogin_wechat::{CallOutcome, WechatClient};

use crate::every_call::{Call, Failed};
use crate::scripted_server::{ScriptedServer, Step};
use crate::support::{APP_ID, app, client_of, exchange, http, http_ok, patient_client, success};

const FAILURE_THRESHOLD: usize = 5;
const OTHER_APP: &str = "wxother00000000001";

fn response(body: &str) -> Vec<Step> {
    vec![Step::Send(http_ok(body))]
}

fn errcode(errcode: i64) -> Vec<Step> {
    response(&format!(r#"{{"errcode":{errcode},"errmsg":"no"}}"#))
}

/// Asserts that no call is sent, and that each says when to retry.
async fn assert_suspended(client: &WechatClient, server: &ScriptedServer) {
    let sent = server.requests().len();
    for call in Call::ALL {
        let failed = call.make(client).await.unwrap_err();
        let not_asked = matches!(failed, Failed::Fault(WechatFault::NotAsked { .. }));
        assert!(not_asked && failed.what().is_some(), "{call:?}: {failed:?}");
    }
    assert_eq!(server.requests().len(), sent);
}

#[tokio::test]
async fn unanswered_calls_in_a_row_suspend_all_calls() {
    for no_answer in [
        vec![Step::Close],
        errcode(-1),
        response(""),
        response("<html></html>"),
        vec![Step::Send(http("502 Bad Gateway", "", ""))],
    ] {
        let server = ScriptedServer::start(std::iter::repeat_n(no_answer, FAILURE_THRESHOLD)).await;
        let client = patient_client(&server);
        // Failures of different calls count together.
        for call in Call::ALL.into_iter().take(FAILURE_THRESHOLD) {
            call.make(&client).await.unwrap_err();
        }
        assert_eq!(server.requests().len(), FAILURE_THRESHOLD);
        assert_suspended(&client, &server).await;
    }
}

#[tokio::test]
async fn an_error_code_does_not_suspend_calls() {
    for code in [40029, 40163, 40226, 40013, 40125, 61010, 0] {
        let scripts =
            std::iter::repeat_n(errcode(code), 3 * FAILURE_THRESHOLD).chain([response(&success())]);
        let server = ScriptedServer::start(scripts).await;
        let client = patient_client(&server);
        for n in 0..3 * FAILURE_THRESHOLD {
            exchange(&client, &format!("code{n}")).await.unwrap_err();
        }
        exchange(&client, "good").await.unwrap();
    }
}

#[tokio::test]
async fn a_call_that_wechat_limits_is_not_sent_until_the_time_that_wechat_named() {
    for (code, seconds) in [(45011, 20), (45009, 3600)] {
        let token = response(r#"{"access_token":"token","expires_in":7200}"#);
        let server = ScriptedServer::start([errcode(code), token]).await;
        let client = patient_client(&server);
        let limited = exchange(&client, "first").await.unwrap_err();
        let is_limited = matches!(limited, ExchangeError::Fault(WechatFault::RateLimited { .. }));
        assert!(is_limited, "{limited:?}");
        for n in 0..400 {
            match exchange(&client, &format!("code{n}")).await.unwrap_err() {
                ExchangeError::Fault(WechatFault::NotAsked { retry_after, .. }) => {
                    let seconds = Duration::from_secs(seconds);
                    assert!(retry_after <= seconds, "{retry_after:?}");
                    assert!(retry_after + Duration::from_secs(15) > seconds, "{retry_after:?}");
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(server.requests().len(), 1, "no other code was sent");
        assert!(Call::AccessToken.make(&client).await.is_ok(), "other calls have other quotas");
    }
}

#[tokio::test]
async fn one_app_does_not_suspend_another() {
    let scripts =
        std::iter::repeat_n(vec![Step::Close], FAILURE_THRESHOLD).chain([response(&success())]);
    let server = ScriptedServer::start(scripts).await;
    let apps = vec![app(APP_ID, None), app(OTHER_APP, None)];
    let client = client_of(apps, &format!("http://{}", server.address), Duration::from_secs(30));
    for n in 0..FAILURE_THRESHOLD {
        exchange(&client, &format!("code{n}")).await.unwrap_err();
    }
    assert_suspended(&client, &server).await;
    let other = AppId::parse(OTHER_APP).unwrap();
    client.exchange_code(&other, &LoginCode::parse("code").unwrap()).await.unwrap();
}

#[tokio::test]
async fn calls_resume_within_five_seconds() {
    let scripts = std::iter::repeat_n(vec![Step::Close], FAILURE_THRESHOLD)
        .chain(std::iter::repeat_n(response(&success()), 2));
    let server = ScriptedServer::start(scripts).await;
    let client = patient_client(&server);
    for n in 0..FAILURE_THRESHOLD {
        exchange(&client, &format!("lost{n}")).await.unwrap_err();
    }
    let back = Instant::now();
    let mut refused = 0;
    loop {
        let retry_after = match exchange(&client, &format!("code{refused}")).await {
            Ok(_) => break,
            Err(ExchangeError::Fault(WechatFault::NotAsked { retry_after, .. })) => retry_after,
            Err(other) => panic!("{other:?}"),
        };
        refused += 1;
        assert!(
            retry_after >= Duration::from_secs(1) && retry_after <= Duration::from_secs(2),
            "{retry_after:?}"
        );
        assert!(back.elapsed() < Duration::from_secs(5), "{:?}", back.elapsed());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    exchange(&client, "next").await.unwrap();
    assert!(refused > 0);
    assert_eq!(server.requests().len(), FAILURE_THRESHOLD + 2, "no refused code was sent");
}

#[tokio::test]
async fn outcomes_are_counted_by_call() {
    let scripts = [response(&success()), response(&success()), errcode(40029), errcode(-1)]
        .into_iter()
        .chain(std::iter::repeat_n(vec![Step::Close], FAILURE_THRESHOLD - 1));
    let server = ScriptedServer::start(scripts).await;
    let client = patient_client(&server);
    assert_eq!(client.counts(), []);
    for n in 0..FAILURE_THRESHOLD + 3 {
        let _ = exchange(&client, &format!("code{n}")).await;
    }
    assert!(matches!(Call::AccessToken.make(&client).await, Err(Failed::Fault(_))));
    let counts = client.counts();
    assert!(counts.iter().all(|count| count.app_id.as_str() == APP_ID));
    let counts = counts.into_iter().map(|count| (count.call, count.outcome, count.count));
    assert_eq!(
        counts.collect::<Vec<_>>(),
        [
            ("cgi-bin/stable_token", CallOutcome::NotSent, 1),
            ("sns/jscode2session", CallOutcome::Errcode(-1), 1),
            ("sns/jscode2session", CallOutcome::Errcode(0), 2),
            ("sns/jscode2session", CallOutcome::Errcode(40029), 1),
            ("sns/jscode2session", CallOutcome::NoAnswer, 4),
        ]
    );
}
