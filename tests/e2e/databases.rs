//! wxlogin behaves the same on every database.

use std::collections::{HashMap, HashSet};

use reqwest::Method;
use serde_json::json;

use crate::scratch::Scratch;
use crate::sessions::{refresh, refresh_token};
use crate::support::{Finished, Harness, Process, Server, mongodb_url, required_settings, serve};

/// Logins and refreshes, alone and many at once.
async fn typical_use(harness: &Harness) {
    let alice = harness.sign_in("oAlice").await;
    assert_eq!(alice.body["isNewUser"], true);
    let again = harness.sign_in("oAlice").await;
    assert_eq!(again.body["isNewUser"], false);
    assert_eq!(again.user_id(), alice.user_id());
    assert_ne!(harness.sign_in("oALICE").await.user_id(), alice.user_id());

    let code = harness.simulator.code("oAlice").await;
    let request =
        json!({ "code": code, "userName": "𠮷爱丽丝🎉", "avatarUrl": "https://cdn.example.com/a" });
    let original = harness.client.post("/wxLogin", &request).await;
    assert_eq!(original.body["data"]["_id"], alice.user_id());
    let me = harness.client.me(alice.token()).await;
    assert_eq!(me.body["nickname"], "𠮷爱丽丝🎉");
    assert_eq!(me.body["createdAt"], alice.body["user"]["createdAt"]);

    many_refreshes(harness).await;
    many_first_logins(harness).await;
}

/// Thirty-two concurrent refreshes with one token, at two instances, get one successor. A later one
/// ends the session.
async fn many_refreshes(harness: &Harness) {
    let (_process, other) = harness.another().await;
    let login = harness.sign_in("oAlice").await;
    let asking = (0..32).map(|number| {
        let client = if number % 2 == 0 { harness.client.clone() } else { other.clone() };
        let token = refresh_token(&login).to_owned();
        tokio::spawn(async move { refresh(&client, &token).await })
    });
    let mut successors = HashSet::new();
    for asked in asking.collect::<Vec<_>>() {
        successors.insert(refresh_token(&asked.await.unwrap()).to_owned());
    }
    assert_eq!(successors.len(), 1);
    let successor = successors.into_iter().next().unwrap();
    let next = refresh(&other, &successor).await;
    assert_eq!(next.status, 200, "nothing is lost");
    let late = refresh(&harness.client, refresh_token(&login)).await;
    assert_eq!(late.problem(), "refresh_token_reused");
    let ended = refresh(&other, refresh_token(&next)).await;
    assert_eq!(ended.problem(), "refresh_token_invalid");
}

/// Two instances that start at the same time on an empty database share one signing key.
async fn two_first_starts(database: &str) {
    let settings = required_settings(database);
    let ((_one, one), (_two, two)) = tokio::join!(serve(&settings), serve(&settings));
    let mut keys = Vec::new();
    for client in [one, two] {
        let asked = client.request(Method::GET, "/.well-known/jwks.json");
        keys.push(client.send(asked).await.body["keys"].clone());
    }
    assert_eq!(keys[0].as_array().unwrap().len(), 1);
    assert_eq!(keys[0], keys[1]);
}

/// Sixty-four clients sign in five hundred people, each from four clients at about the same time:
/// five hundred users are created.
async fn many_first_logins(harness: &Harness) {
    let clients = (0..64).map(|first| {
        let (client, simulator) = (harness.client.clone(), harness.simulator.clone());
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

/// All clients of these tests have the same address.
const NO_LIMIT: (&str, &str) = ("WXLOGIN__LIMITS__FAILED_LOGINS_PER_MINUTE", "10000");

#[tokio::test]
async fn sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("wxlogin.db").display());
    two_first_starts(&url).await;
    typical_use(&Harness::start(&[NO_LIMIT, ("WXLOGIN__DATABASE__URL", &url)]).await).await;
}

#[tokio::test]
async fn mysql() {
    if let Some(scratch) = Scratch::on("WXLOGIN_TEST_MYSQL_URL").await {
        two_first_starts(&scratch.url).await;
        typical_use(&Harness::start(&[NO_LIMIT, ("WXLOGIN__DATABASE__URL", &scratch.url)]).await)
            .await;
    }
}

#[tokio::test]
async fn mariadb() {
    if let Some(scratch) = Scratch::on("WXLOGIN_TEST_MARIADB_URL").await {
        two_first_starts(&scratch.url).await;
        typical_use(&Harness::start(&[NO_LIMIT, ("WXLOGIN__DATABASE__URL", &scratch.url)]).await)
            .await;
    }
}

#[tokio::test]
async fn postgres() {
    if let Some(scratch) = Scratch::on("WXLOGIN_TEST_POSTGRES_URL").await {
        two_first_starts(&scratch.url).await;
        typical_use(&Harness::start(&[NO_LIMIT, ("WXLOGIN__DATABASE__URL", &scratch.url)]).await)
            .await;
    }
}

#[tokio::test]
async fn mongodb() {
    if let Some(url) = mongodb_url("day") {
        two_first_starts(&url).await;
        typical_use(&Harness::start(&[NO_LIMIT, ("WXLOGIN__DATABASE__URL", &url)]).await).await;
    }
}

/// Runs `serve`, which must fail, and returns the error message.
async fn error_line(url: &url::Url) -> String {
    let ended: Finished = Process::run(&["serve"], &required_settings(url.as_str())).await;
    assert!(!ended.success, "{ended:?}");
    assert!(!ended.log.contains("hunter2") && !ended.log.contains(url.as_str()), "{ended:?}");
    ended.log.lines().find(|line| line.starts_with("wxlogin: ")).unwrap().to_owned()
}

#[tokio::test]
async fn an_unreachable_database_is_reported_in_one_line() {
    for variable in
        ["WXLOGIN_TEST_MYSQL_URL", "WXLOGIN_TEST_MARIADB_URL", "WXLOGIN_TEST_POSTGRES_URL"]
    {
        let Some(scratch) = Scratch::on(variable).await else { continue };
        let right = url::Url::parse(&scratch.url).unwrap();
        let with = |change: fn(&mut url::Url)| {
            let mut url = right.clone();
            change(&mut url);
            url
        };
        let wrong_password = with(|url| url.set_password(Some("hunter2")).unwrap());
        let line = error_line(&wrong_password).await;
        assert!(line.contains("password"), "{line}");
        let no_such_database = with(|url| url.set_path("/wxlogin_nowhere"));
        let line = error_line(&no_such_database).await;
        assert!(line.contains("does not exist"), "{line}");
        let no_database = with(|url| url.set_path(""));
        let line = error_line(&no_database).await;
        assert!(line.contains("does not name a database"), "{line}");
        // Nothing listens on the discard port.
        let nobody_there = with(|url| url.set_port(Some(9)).unwrap());
        let line = error_line(&nobody_there).await;
        assert!(line.contains("9: connection refused"), "{line}");
    }
}

#[tokio::test]
async fn a_missing_grant_is_reported_in_one_line() {
    let mysql = ["CREATE USER 'nobody'@'%' IDENTIFIED BY 'hunter2'"];
    let postgres = [
        "CREATE ROLE nobody LOGIN PASSWORD 'hunter2'",
        "REVOKE CONNECT ON DATABASE wxlogin FROM PUBLIC",
    ];
    for (kind, variable, statements) in [
        ("mysql", "WXLOGIN_TEST_MYSQL_URL", &mysql[..]),
        ("postgresql", "WXLOGIN_TEST_POSTGRES_URL", &postgres[..]),
    ] {
        let Some(server) = Server::start(kind, variable).await else { continue };
        for statement in statements {
            server.execute(statement).await;
        }
        let mut url = url::Url::parse(&server.url()).unwrap();
        url.set_username("nobody").unwrap();
        url.set_password(Some("hunter2")).unwrap();
        let line = error_line(&url).await;
        assert!(line.contains("may not use the database") && line.contains("grant"), "{line}");
    }
}

#[tokio::test]
async fn an_unsupported_server_version_is_reported_in_one_line() {
    let old = Some("10.5.28-MariaDB");
    let server = Server::start_as("mariadb", "WXLOGIN_TEST_MARIADB_URL", old).await;
    let Some(server) = server else { return };
    let line = error_line(&url::Url::parse(&server.url()).unwrap()).await;
    assert!(line.contains("too old: MariaDB 10.6 or later is needed"), "{line}");
}
