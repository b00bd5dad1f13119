//! An app with two secrets, one of which WeChat accepts.

use std::time::Duration;

use wxlogin_domain::ports::WechatFault;
use wxlogin_wechat::WechatClient;

use crate::every_call::{Call, Failed};
use crate::scripted_server::{ScriptedServer, Step};
use crate::support::{
    APP_ID, CODE, SECOND_SECRET, SECRET, app, client_of, exchange, http_ok, success,
};

fn response(body: &str) -> Vec<Step> {
    vec![Step::Send(http_ok(body))]
}

fn token() -> Vec<Step> {
    response(&Call::AccessToken.success())
}

fn errcode(errcode: i64) -> Vec<Step> {
    response(&format!(r#"{{"errcode":{errcode},"errmsg":"no"}}"#))
}

fn client(server: &ScriptedServer) -> WechatClient {
    let apps = vec![app(APP_ID, Some(SECOND_SECRET))];
    client_of(apps, &format!("http://{}", server.address), Duration::from_secs(30))
}

/// The requests, in order: `t` for a token or `c` for a code, with the first or the second secret.
fn sent(server: &ScriptedServer) -> Vec<&'static str> {
    let one = |request: &String| {
        let secrets = (request.contains(SECRET), request.contains(SECOND_SECRET));
        match (request.starts_with("POST /cgi-bin/stable_token "), secrets) {
            (true, (true, false)) => "t1",
            (true, (false, true)) => "t2",
            (false, (true, false)) => "c1",
            (false, (false, true)) => "c2",
            other => panic!("{other:?}"),
        }
    };
    server.requests().iter().map(one).collect()
}

#[tokio::test]
async fn a_login_finds_the_right_secret_before_its_code_is_sent() {
    for refusal in [40001, 40125] {
        let scripts = [errcode(refusal), token(), response(&success()), response(&success())];
        let server = ScriptedServer::start(scripts).await;
        let client = client(&server);
        for code in ["first", "second"] {
            exchange(&client, code).await.unwrap();
        }
        assert_eq!(
            sent(&server),
            ["t1", "t2", "c2", "c2"],
            "the second login remembers the secret"
        );
    }
}

#[tokio::test]
async fn concurrent_logins_share_one_probe() {
    let answers = std::iter::once(token()).chain(std::iter::repeat_n(response(&success()), 20));
    let server = ScriptedServer::start(answers).await;
    let client = client(&server);
    let codes = (0..20).map(|n| format!("code{n}")).collect::<Vec<_>>();
    let mut logins = tokio::task::JoinSet::new();
    let client = std::sync::Arc::new(client);
    for code in codes {
        let client = client.clone();
        logins.spawn(async move { exchange(&client, &code).await });
    }
    assert!(logins.join_all().await.into_iter().all(|login| login.is_ok()));
    let sent = sent(&server);
    assert_eq!((sent[0], sent.len()), ("t1", 21));
    assert!(sent[1..].iter().all(|request| *request == "c1"));
}

#[tokio::test]
async fn a_secret_that_is_refused_later_is_replaced_by_the_other() {
    for refusal in [40001, 40125] {
        let scripts = [
            token(),
            response(&success()),
            errcode(refusal),
            response(&success()),
            response(&success()),
        ];
        let server = ScriptedServer::start(scripts).await;
        let client = client(&server);
        exchange(&client, "first").await.unwrap();
        exchange(&client, "refused").await.unwrap_err();
        exchange(&client, "third").await.unwrap();
        exchange(&client, "fourth").await.unwrap();
        // The last probe was a moment ago, so the other secret is used without a new one.
        assert_eq!(sent(&server), ["t1", "c1", "c1", "c2", "c2"]);
        let sent = server.requests().iter().filter(|request| request.contains("refused")).count();
        assert_eq!(sent, 1, "no code is sent again with the other secret");
    }
}

#[tokio::test]
async fn an_access_token_is_requested_with_both_secrets() {
    let scripts = [errcode(40125), token(), token(), response(&success())];
    let server = ScriptedServer::start(scripts).await;
    let client = client(&server);
    for _ in 0..2 {
        assert_eq!(Call::AccessToken.make(&client).await, Ok(true));
    }
    exchange(&client, CODE).await.unwrap();
    assert_eq!(sent(&server), ["t1", "t2", "t2", "c2"], "a login uses the accepted secret");
}

#[tokio::test]
async fn two_wrong_secrets_are_a_misconfiguration() {
    let server = ScriptedServer::start([errcode(40125), errcode(40125)]).await;
    let failed = Call::AccessToken.make(&client(&server)).await.unwrap_err();
    let Failed::Fault(WechatFault::Misconfigured { fix, .. }) = failed else {
        panic!("{failed:?}");
    };
    assert!(fix.contains("the AppSecret is wrong"), "{fix}");
    assert_eq!(sent(&server), ["t1", "t2"]);
}

#[tokio::test]
async fn logins_succeed_when_access_tokens_are_refused() {
    // The server is not in the IP whitelist, which applies to access tokens only.
    let scripts = [errcode(40164), response(&success()), response(&success())];
    let server = ScriptedServer::start(scripts).await;
    let client = client(&server);
    for code in ["first", "second"] {
        exchange(&client, code).await.unwrap();
    }
    assert_eq!(sent(&server), ["t1", "c1", "c1"]);
}

#[tokio::test]
async fn no_code_is_sent_while_wechat_does_not_answer() {
    for no_answer in [vec![Step::Close], errcode(-1), response("<html></html>")] {
        let server = ScriptedServer::start([no_answer]).await;
        exchange(&client(&server), CODE).await.unwrap_err();
        assert_eq!(sent(&server), ["t1"]);
    }
}

#[tokio::test]
async fn a_probe_counts_towards_the_timeout_of_the_call() {
    let server = ScriptedServer::start([vec![Step::Hang]]).await;
    let apps = vec![app(APP_ID, Some(SECOND_SECRET))];
    let url = format!("http://{}", server.address);
    let hasty = client_of(apps, &url, Duration::from_millis(300));
    let start = std::time::Instant::now();
    let logins = ["first", "second"].map(|code| exchange(&hasty, code));
    let [first, second] = logins;
    let (first, second) = tokio::join!(first, second);
    assert!(first.is_err() && second.is_err());
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert!(server.requests().iter().all(|request| request.starts_with("POST /cgi-bin/")));
}
