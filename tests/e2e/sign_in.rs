//! Logins.

use serde_json::json;
use tokio::io::AsyncWriteExt;

use crate::support::{APP_ID, Client, Dev, Harness, Simulator};

#[tokio::test]
async fn dev_prints_a_command_that_signs_in() {
    let folder = tempfile::tempdir().unwrap();
    let dev = Dev::start(&folder.path().join("data")).await;
    let output = dev.process.output();
    let command = output
        .lines()
        .skip_while(|line| !line.trim_start().starts_with("curl"))
        .take_while(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n");
    let run = || async {
        let shell = tokio::process::Command::new("bash").arg("-c").arg(&command).output();
        let printed = shell.await.unwrap().stdout;
        serde_json::from_slice::<serde_json::Value>(&printed).expect(&command)
    };
    let first = run().await;
    assert_eq!(first["isNewUser"], true, "{first}");
    let second = run().await;
    assert_eq!(second["isNewUser"], false, "{second}");
    assert_eq!(second["user"]["id"], first["user"]["id"]);

    let client = Client::new(dev.base).await;
    let me = client.me(second["accessToken"].as_str().unwrap()).await;
    assert_eq!(me.body, second["user"]);
}

#[tokio::test]
async fn a_returning_user_keeps_the_account() {
    let harness = Harness::start(&[]).await;
    let alice = harness.sign_in("oAlice").await;
    assert_eq!(alice.body["isNewUser"], true);
    assert_eq!(alice.body["tokenType"], "Bearer");
    assert_eq!(alice.body["expiresIn"], 900);
    assert_eq!(alice.body["user"]["userType"], 2);
    assert_eq!(alice.body["user"]["status"], 1);
    assert_eq!(alice.header("cache-control"), "no-store");
    let again = harness.sign_in("oAlice").await;
    assert_eq!(again.body["isNewUser"], false);
    assert_eq!(again.user_id(), alice.user_id());
    let bob = harness.sign_in("oalice").await;
    assert_eq!(bob.body["isNewUser"], true, "openids are case-sensitive");
    for token in [alice.token(), again.token()] {
        let me = harness.client.me(token).await;
        assert_eq!(me.status, 200);
        assert_eq!(me.body["id"], alice.user_id());
        assert_eq!(me.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn placeholders_never_replace_a_profile() {
    let harness = Harness::start(&[]).await;
    let grey = "https://thirdwx.qlogo.cn/mmopen/vi_32/POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg/132";
    let login = |nickname: &'static str, avatar: &'static str| {
        let harness = &harness;
        async move {
            let code = harness.simulator.code("oAlice").await;
            let request =
                json!({ "appId": APP_ID, "code": code, "nickname": nickname, "avatarUrl": avatar });
            harness.client.post("/v1/login", &request).await.body["user"].clone()
        }
    };
    let new = login("微信用户", grey).await;
    assert_eq!((new.get("nickname"), new.get("avatarUrl")), (None, None));
    let named = login("爱丽丝🎉", "https://cdn.example.com/alice.png").await;
    assert_eq!(named["nickname"], "爱丽丝🎉");
    assert_eq!(named["avatarUrl"], "https://cdn.example.com/alice.png");
    let later = login("微信用户", grey).await;
    assert_eq!(later["nickname"], "爱丽丝🎉");
    assert_eq!(later["avatarUrl"], "https://cdn.example.com/alice.png");
    let unacceptable = login("\u{0}\u{200b}", "wxfile://tmp_1.jpg").await;
    assert_eq!(unacceptable["nickname"], "爱丽丝🎉");
    assert_eq!(unacceptable["avatarUrl"], "https://cdn.example.com/alice.png");
    let cleaned = login("爱\u{0}丽", grey).await;
    assert_eq!(cleaned["nickname"], "爱丽");
}

#[tokio::test]
async fn concurrent_logins_with_one_code_share_one_exchange() {
    let harness = Harness::start(&[]).await;
    let code = harness.simulator.code("oAlice").await;
    harness
        .simulator
        .set_faults(&json!([{"call": "code2session", "fault": "delay", "delayMs": 1000}]))
        .await;
    let calls = (0..16).map(|_| {
        let (client, code) = (harness.client.clone(), code.clone());
        tokio::spawn(async move { client.login(&code).await })
    });
    let mut tokens = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        tokens.push(call.await.unwrap().token().to_owned());
    }
    tokens.dedup();
    assert_eq!(tokens.len(), 1);
    assert_eq!(harness.simulator.exchanges(&code).await, 1);
    assert_eq!(harness.client.login(&code).await.problem(), "login_code_used");
    assert_eq!(harness.simulator.exchanges(&code).await, 1, "WeChat was not asked again");
}

#[tokio::test]
async fn a_login_finishes_although_the_client_disconnects() {
    let harness = Harness::start(&[]).await;
    let code = harness.simulator.code("oAlice").await;
    harness
        .simulator
        .set_faults(&json!([{"call": "code2session", "fault": "delay", "delayMs": 1000}]))
        .await;
    let address = harness.client.base.trim_start_matches("http://").to_owned();
    let mut connection = tokio::net::TcpStream::connect(&address).await.unwrap();
    let body = json!({ "code": code }).to_string();
    let request = format!(
        "POST /v1/login HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    connection.write_all(request.as_bytes()).await.unwrap();
    while harness.simulator.exchanges(&code).await == 0 {
        tokio::task::yield_now().await;
    }
    drop(connection);
    harness.wxlogin.logged_after(r#""message":"a user signed up","#).await;
    assert_eq!(harness.sign_in("oAlice").await.body["isNewUser"], false);
}

#[tokio::test]
async fn sign_up_can_be_closed() {
    let harness = Harness::start(&[("WXLOGIN__APPS__WX0123456789ABCDEF__SIGN_UP", "closed")]).await;
    assert_eq!(harness.sign_in("oAlice").await.problem(), "sign_up_closed");
}

#[tokio::test]
async fn users_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let start = || async {
        let Dev { process, base, simulator } = Dev::start(folder.path()).await;
        (process, Client::new(base).await, Simulator::at(&simulator))
    };
    let (dev, client, simulator) = start().await;
    let before = client.login(&simulator.code("oAlice").await).await;
    dev.terminate().await;
    assert!(dev.finish().await.success);
    let (_dev, client, simulator) = start().await;
    let after = client.login(&simulator.code("oAlice").await).await;
    assert_eq!(after.user_id(), before.user_id());
    assert_eq!(after.body["isNewUser"], false);
}
