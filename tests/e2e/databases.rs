//! The same service, to the last field, whatever database its URL names.

use std::collections::{HashMap, HashSet};

use serde_json::json;

use crate::scratch::Scratch;
use crate::support::{Finished, House, Process, mongodb_url, necessary};

/// What people do, through HTTP alone.
async fn a_day(house: &House) {
    let alice = house.sign_in("oAlice").await;
    assert_eq!(alice.body["isNewUser"], true);
    let again = house.sign_in("oAlice").await;
    assert_eq!(again.body["isNewUser"], false);
    assert_eq!(again.user_id(), alice.user_id());
    assert_ne!(house.sign_in("oALICE").await.user_id(), alice.user_id());

    let code = house.simulator.code("oAlice").await;
    let request =
        json!({ "code": code, "userName": "𠮷爱丽丝🎉", "avatarUrl": "https://cdn.example.com/a" });
    let original = house.client.post("/wxLogin", &request).await;
    assert_eq!(original.body["data"]["_id"], alice.user_id());
    let me = house.client.me(alice.token()).await;
    assert_eq!(me.body["nickname"], "𠮷爱丽丝🎉");
    assert_eq!(me.body["createdAt"], alice.body["user"]["createdAt"]);

    many_first_logins(house).await;
}

/// Sixty-four clients and five hundred people, each of whom four clients sign in at about the same
/// time, make five hundred users.
async fn many_first_logins(house: &House) {
    let clients = (0..64).map(|first| {
        let (client, simulator) = (house.client.clone(), house.simulator.clone());
        tokio::spawn(async move {
            let mut seen = Vec::new();
            for login in (first..2000).step_by(64) {
                let person = format!("oPerson{}", login / 4);
                let answer = client.login(&simulator.code(&person).await).await;
                seen.push((person, answer.user_id().to_owned()));
            }
            seen
        })
    });
    let mut users = HashMap::new();
    for client in clients.collect::<Vec<_>>() {
        for (person, user) in client.await.unwrap() {
            let known = users.entry(person.clone()).or_insert_with(|| user.clone());
            assert_eq!(*known, user, "{person} is two users");
        }
    }
    assert_eq!(users.len(), 500);
    assert_eq!(users.into_values().collect::<HashSet<_>>().len(), 500);
}

/// All clients here have one address.
const NO_LIMIT: (&str, &str) = ("WXLOGIN__LIMITS__FAILED_LOGINS_PER_MINUTE", "10000");

#[tokio::test]
async fn sqlite() {
    a_day(&House::start(&[NO_LIMIT]).await).await;
}

#[tokio::test]
async fn mysql() {
    if let Some(scratch) = Scratch::on("WXLOGIN_TEST_MYSQL_URL").await {
        a_day(&House::start(&[NO_LIMIT, ("WXLOGIN__DATABASE__URL", &scratch.url)]).await).await;
    }
}

#[tokio::test]
async fn postgres() {
    if let Some(scratch) = Scratch::on("WXLOGIN_TEST_POSTGRES_URL").await {
        a_day(&House::start(&[NO_LIMIT, ("WXLOGIN__DATABASE__URL", &scratch.url)]).await).await;
    }
}

#[tokio::test]
async fn mongodb() {
    if let Some(url) = mongodb_url("day") {
        a_day(&House::start(&[NO_LIMIT, ("WXLOGIN__DATABASE__URL", &url)]).await).await;
    }
}

/// The one line that `serve` ends with.
async fn complaint(url: &url::Url) -> String {
    let ended: Finished = Process::run(&["serve"], &necessary(url.as_str())).await;
    assert!(!ended.success, "{ended:?}");
    assert!(!ended.log.contains("hunter2") && !ended.log.contains(url.as_str()), "{ended:?}");
    ended.log.lines().find(|line| line.starts_with("wxlogin: ")).unwrap().to_owned()
}

#[tokio::test]
async fn a_url_that_leads_nowhere_is_one_line() {
    for variable in ["WXLOGIN_TEST_MYSQL_URL", "WXLOGIN_TEST_POSTGRES_URL"] {
        let Some(scratch) = Scratch::on(variable).await else { continue };
        let right = url::Url::parse(&scratch.url).unwrap();
        let with = |change: fn(&mut url::Url)| {
            let mut url = right.clone();
            change(&mut url);
            url
        };
        let wrong_password = with(|url| url.set_password(Some("hunter2")).unwrap());
        let line = complaint(&wrong_password).await;
        assert!(line.contains("password"), "{line}");
        let no_such_database = with(|url| url.set_path("/wxlogin_nowhere"));
        let line = complaint(&no_such_database).await;
        assert!(line.contains("does not exist"), "{line}");
        let no_database = with(|url| url.set_path(""));
        let line = complaint(&no_database).await;
        assert!(line.contains("does not name a database"), "{line}");
        // Nothing listens on the discard port.
        let nobody_there = with(|url| url.set_port(Some(9)).unwrap());
        let line = complaint(&nobody_there).await;
        assert!(line.contains("not available"), "{line}");
    }
}
