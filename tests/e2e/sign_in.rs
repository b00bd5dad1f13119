//! A person signs in.

use serde_json::json;
use tokio::io::AsyncWriteExt;

use crate::support::{APP_ID, Client, Dev, House, Simulator};

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
    let paste = || async {
        let shell = tokio::process::Command::new("bash").arg("-c").arg(&command).output();
        let printed = shell.await.unwrap().stdout;
        serde_json::from_slice::<serde_json::Value>(&printed).expect(&command)
    };
    let first = paste().await;
    assert_eq!(first["isNewUser"], true, "{first}");
    let second = paste().await;
    assert_eq!(second["isNewUser"], false, "{second}");
    assert_eq!(second["user"]["id"], first["user"]["id"]);

    let client = Client::of(dev.base).await;
    let me = client.me(second["accessToken"].as_str().unwrap()).await;
    assert_eq!(me.body, second["user"]);
}

#[tokio::test]
async fn a_person_keeps_their_account() {
    let house = House::start(&[]).await;
    let alice = house.sign_in("oAlice").await;
    assert_eq!(alice.body["isNewUser"], true);
    assert_eq!(alice.body["tokenType"], "Bearer");
    assert_eq!(alice.body["expiresIn"], 900);
    assert_eq!(alice.body["user"]["userType"], 2);
    assert_eq!(alice.body["user"]["status"], 1);
    assert_eq!(alice.header("cache-control"), "no-store");
    let again = house.sign_in("oAlice").await;
    assert_eq!(again.body["isNewUser"], false);
    assert_eq!(again.user_id(), alice.user_id());
    let bob = house.sign_in("oalice").await;
    assert_eq!(bob.body["isNewUser"], true, "letter case makes another person");
    for token in [alice.token(), again.token()] {
        let me = house.client.me(token).await;
        assert_eq!(me.status, 200);
        assert_eq!(me.body["id"], alice.user_id());
        assert_eq!(me.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn placeholders_never_replace_a_profile() {
    let house = House::start(&[]).await;
    let grey = "https://thirdwx.qlogo.cn/mmopen/vi_32/POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg/132";
    let login = |nickname: &'static str, avatar: &'static str| {
        let house = &house;
        async move {
            let code = house.simulator.code("oAlice").await;
            let request =
                json!({ "appId": APP_ID, "code": code, "nickname": nickname, "avatarUrl": avatar });
            house.client.post("/v1/login", &request).await.body["user"].clone()
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
    let unacceptable = login("a\u{0}b", "wxfile://tmp_1.jpg").await;
    assert_eq!(unacceptable["nickname"], "爱丽丝🎉");
}

#[tokio::test]
async fn calls_with_one_code_at_once_share_one_exchange() {
    let house = House::start(&[]).await;
    let code = house.simulator.code("oAlice").await;
    house
        .simulator
        .faults(&json!([{"call": "code2session", "fault": "delay", "delayMs": 1000}]))
        .await;
    let calls = (0..16).map(|_| {
        let (client, code) = (house.client.clone(), code.clone());
        tokio::spawn(async move { client.login(&code).await })
    });
    let mut tokens = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        tokens.push(call.await.unwrap().token().to_owned());
    }
    tokens.dedup();
    assert_eq!(tokens.len(), 1);
    assert_eq!(house.simulator.exchanges(&code).await, 1);
    assert_eq!(house.client.login(&code).await.problem(), "login_code_used");
    assert_eq!(house.simulator.exchanges(&code).await, 1, "WeChat was not asked again");
}

#[tokio::test]
async fn a_login_ends_well_although_the_client_hangs_up() {
    let house = House::start(&[]).await;
    let code = house.simulator.code("oAlice").await;
    house
        .simulator
        .faults(&json!([{"call": "code2session", "fault": "delay", "delayMs": 1000}]))
        .await;
    let address = house.client.base.trim_start_matches("http://").to_owned();
    let mut connection = tokio::net::TcpStream::connect(&address).await.unwrap();
    let body = json!({ "code": code }).to_string();
    let request = format!(
        "POST /v1/login HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    connection.write_all(request.as_bytes()).await.unwrap();
    while house.simulator.exchanges(&code).await == 0 {
        tokio::task::yield_now().await;
    }
    drop(connection);
    house.wxlogin.logged_after(r#""message":"signed in","#).await;
    assert_eq!(house.sign_in("oAlice").await.body["isNewUser"], false);
}

#[tokio::test]
async fn sign_up_can_be_closed() {
    let house = House::start(&[("WXLOGIN__APPS__WX0123456789ABCDEF__SIGN_UP", "closed")]).await;
    assert_eq!(house.sign_in("oAlice").await.problem(), "sign_up_closed");
}

#[tokio::test]
async fn users_outlive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let start = || async {
        let Dev { process, base, simulator } = Dev::start(folder.path()).await;
        (process, Client::of(base).await, Simulator::at(&simulator))
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
