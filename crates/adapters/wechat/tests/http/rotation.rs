//! An app with two secrets, of which one is right.

use std::time::Duration;

use wxlogin_domain::ports::WechatFault;
use wxlogin_wechat::WechatClient;

use crate::calls::{Call, Failed};
use crate::canned::{CannedServer, Step};
use crate::support::{
    APP_ID, CODE, SECOND_SECRET, SECRET, app, client_of, exchange, good, http_ok,
};

fn says(body: &str) -> Vec<Step> {
    vec![Step::Send(http_ok(body))]
}

fn token() -> Vec<Step> {
    says(&Call::AccessToken.good())
}

fn errcode(errcode: i64) -> Vec<Step> {
    says(&format!(r#"{{"errcode":{errcode},"errmsg":"no"}}"#))
}

fn client(server: &CannedServer) -> WechatClient {
    let apps = vec![app(APP_ID, Some(SECOND_SECRET))];
    client_of(apps, &format!("http://{}", server.address), Duration::from_secs(30))
}

/// What has been asked, in order: `t`oken or `c`ode, with the first or the second secret.
fn asked(server: &CannedServer) -> Vec<&'static str> {
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
        let scripts = [errcode(refusal), token(), says(&good()), says(&good())];
        let server = CannedServer::start(scripts).await;
        let client = client(&server);
        for code in ["first", "second"] {
            exchange(&client, code).await.unwrap();
        }
        assert_eq!(asked(&server), ["t1", "t2", "c2", "c2"], "it is remembered");
    }
}

#[tokio::test]
async fn those_who_come_together_share_the_question() {
    let answers = std::iter::once(token()).chain(std::iter::repeat_n(says(&good()), 20));
    let server = CannedServer::start(answers).await;
    let client = client(&server);
    let codes = (0..20).map(|n| format!("code{n}")).collect::<Vec<_>>();
    let mut logins = tokio::task::JoinSet::new();
    let client = std::sync::Arc::new(client);
    for code in codes {
        let client = client.clone();
        logins.spawn(async move { exchange(&client, &code).await });
    }
    assert!(logins.join_all().await.into_iter().all(|login| login.is_ok()));
    let asked = asked(&server);
    assert_eq!((asked[0], asked.len()), ("t1", 21));
    assert!(asked[1..].iter().all(|asked| *asked == "c1"));
}

#[tokio::test]
async fn a_secret_that_is_refused_later_is_looked_at_again() {
    for refusal in [40001, 40125] {
        let scripts = [token(), says(&good()), errcode(refusal), says(&good()), says(&good())];
        let server = CannedServer::start(scripts).await;
        let client = client(&server);
        exchange(&client, "first").await.unwrap();
        exchange(&client, "refused").await.unwrap_err();
        exchange(&client, "third").await.unwrap();
        exchange(&client, "fourth").await.unwrap();
        // WeChat was asked a moment ago, so the other one is believed until it says more.
        assert_eq!(asked(&server), ["t1", "c1", "c1", "c2", "c2"]);
        let sent = server.requests().iter().filter(|request| request.contains("refused")).count();
        assert_eq!(sent, 1, "no code is sent again with the other secret");
    }
}

#[tokio::test]
async fn a_token_is_asked_for_with_both() {
    let scripts = [errcode(40125), token(), token(), says(&good())];
    let server = CannedServer::start(scripts).await;
    let client = client(&server);
    for _ in 0..2 {
        assert_eq!(Call::AccessToken.make(&client).await, Ok(true));
    }
    exchange(&client, CODE).await.unwrap();
    assert_eq!(asked(&server), ["t1", "t2", "t2", "c2"], "and a login learns from it");
}

#[tokio::test]
async fn two_wrong_secrets_are_told_to_the_operator() {
    let server = CannedServer::start([errcode(40125), errcode(40125)]).await;
    let failed = Call::AccessToken.make(&client(&server)).await.unwrap_err();
    let Failed::Fault(WechatFault::Misconfigured { mend, .. }) = failed else {
        panic!("{failed:?}");
    };
    assert!(mend.contains("the AppSecret is wrong"), "{mend}");
    assert_eq!(asked(&server), ["t1", "t2"]);
}

#[tokio::test]
async fn logins_go_on_where_tokens_are_not_given() {
    // The address is not in the whitelist, which is needed for tokens only.
    let scripts = [errcode(40164), says(&good()), says(&good())];
    let server = CannedServer::start(scripts).await;
    let client = client(&server);
    for code in ["first", "second"] {
        exchange(&client, code).await.unwrap();
    }
    assert_eq!(asked(&server), ["t1", "c1", "c1"]);
}

#[tokio::test]
async fn a_wechat_that_is_not_there_is_not_given_a_code() {
    for silence in [vec![Step::Close], errcode(-1), says("<html></html>")] {
        let server = CannedServer::start([silence]).await;
        exchange(&client(&server), CODE).await.unwrap_err();
        assert_eq!(asked(&server), ["t1"]);
    }
}

#[tokio::test]
async fn the_question_takes_of_the_calls_time() {
    let server = CannedServer::start([vec![Step::Hang]]).await;
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
