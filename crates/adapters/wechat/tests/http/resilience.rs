//! A WeChat that is not there costs nobody time, and is noticed when it is back.

use std::time::{Duration, Instant};

use wxlogin_domain::model::{AppId, LoginCode};
use wxlogin_domain::ports::{ExchangeError, WechatFault, WechatGateway};
use wxlogin_wechat::{CallOutcome, WechatClient};

use crate::calls::{Call, Failed};
use crate::canned::{CannedServer, Step};
use crate::support::{APP_ID, app, client_of, exchange, good, http, http_ok, patient_client};

const RUN: usize = 5;
const OTHER_APP: &str = "wxother00000000001";

fn says(body: &str) -> Vec<Step> {
    vec![Step::Send(http_ok(body))]
}

fn errcode(errcode: i64) -> Vec<Step> {
    says(&format!(r#"{{"errcode":{errcode},"errmsg":"no"}}"#))
}

/// That nothing is sent now, and when to come back.
async fn assert_resting(client: &WechatClient, server: &CannedServer) {
    let sent = server.requests().len();
    for call in Call::ALL {
        let failed = call.make(client).await.unwrap_err();
        let resting = matches!(failed, Failed::Fault(WechatFault::NotAsked { .. }));
        assert!(resting && failed.what().is_some(), "{call:?}: {failed:?}");
    }
    assert_eq!(server.requests().len(), sent);
}

#[tokio::test]
async fn a_run_of_no_answers_stops_the_calls() {
    for silence in [
        vec![Step::Close],
        errcode(-1),
        says(""),
        says("<html></html>"),
        vec![Step::Send(http("502 Bad Gateway", "", ""))],
    ] {
        let server = CannedServer::start(std::iter::repeat_n(silence, RUN)).await;
        let client = patient_client(&server);
        // It does not matter which calls they are.
        for call in Call::ALL.into_iter().take(RUN) {
            call.make(&client).await.unwrap_err();
        }
        assert_eq!(server.requests().len(), RUN);
        assert_resting(&client, &server).await;
    }
}

#[tokio::test]
async fn what_wechat_says_of_a_call_does_not_stop_the_others() {
    for said in [40029, 40163, 45011, 40226, 45009, 40013, 40125, 61010, 0] {
        let scripts = std::iter::repeat_n(errcode(said), 3 * RUN).chain([says(&good())]);
        let server = CannedServer::start(scripts).await;
        let client = patient_client(&server);
        for n in 0..3 * RUN {
            exchange(&client, &format!("code{n}")).await.unwrap_err();
        }
        exchange(&client, "good").await.unwrap();
    }
}

#[tokio::test]
async fn one_app_does_not_stop_another() {
    let scripts = std::iter::repeat_n(vec![Step::Close], RUN).chain([says(&good())]);
    let server = CannedServer::start(scripts).await;
    let apps = vec![app(APP_ID, None), app(OTHER_APP, None)];
    let client = client_of(apps, &format!("http://{}", server.address), Duration::from_secs(30));
    for n in 0..RUN {
        exchange(&client, &format!("code{n}")).await.unwrap_err();
    }
    assert_resting(&client, &server).await;
    let other = AppId::parse(OTHER_APP).unwrap();
    client.exchange_code(&other, &LoginCode::parse("code").unwrap()).await.unwrap();
}

#[tokio::test]
async fn its_return_is_noticed_within_five_seconds() {
    let scripts =
        std::iter::repeat_n(vec![Step::Close], RUN).chain(std::iter::repeat_n(says(&good()), 2));
    let server = CannedServer::start(scripts).await;
    let client = patient_client(&server);
    for n in 0..RUN {
        exchange(&client, &format!("lost{n}")).await.unwrap_err();
    }
    let back = Instant::now();
    let mut refused = 0;
    loop {
        let again = match exchange(&client, &format!("code{refused}")).await {
            Ok(_) => break,
            Err(ExchangeError::Fault(WechatFault::NotAsked { retry_after, .. })) => retry_after,
            Err(other) => panic!("{other:?}"),
        };
        refused += 1;
        assert!(again >= Duration::from_secs(1) && again <= Duration::from_secs(2), "{again:?}");
        assert!(back.elapsed() < Duration::from_secs(5), "{:?}", back.elapsed());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    exchange(&client, "next").await.unwrap();
    assert!(refused > 0);
    assert_eq!(server.requests().len(), RUN + 2, "of the refused codes none was sent");
}

#[tokio::test]
async fn what_comes_of_calls_is_counted() {
    let scripts = [says(&good()), says(&good()), errcode(40029), errcode(-1)]
        .into_iter()
        .chain(std::iter::repeat_n(vec![Step::Close], RUN - 1));
    let server = CannedServer::start(scripts).await;
    let client = patient_client(&server);
    assert_eq!(client.counts(), []);
    for n in 0..RUN + 3 {
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
