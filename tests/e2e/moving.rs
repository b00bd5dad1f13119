//! A deployment moves from one database into another.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;
use wxlogin_domain::model::{AuditAction, AuditEvent, UserId, UserStatus};
use wxlogin_domain::ports::{EndSessions, Ending, Erasure, ErasureStep, Stores, UserChange};
use wxlogin_domain::testing::SequenceRandomness;
use wxlogin_domain::testing::contract::Sample;
use wxlogin_sql::DatabaseSettings;

use crate::scratch::Scratch;
use crate::support::{Finished, House, MongoScratch, Process, necessary};

/// How many people move; `tests/long/copy` asks for more.
fn people() -> u32 {
    std::env::var("WXLOGIN_TEST_USERS").map_or(2000, |number| number.parse().unwrap())
}

/// A SQLite file that is not there yet.
fn new_file(folder: &tempfile::TempDir, name: &str) -> String {
    format!("sqlite:{}", folder.path().join(name).display())
}

/// People, their sessions, and some of what can become of them.
async fn live(stores: &Stores, people: u32) {
    let login = |n: u32| {
        let login = Sample::of(&format!("oPerson{n}")).named(&format!("𠮷爱丽丝 {n}"));
        let login = login.in_app(1 + n % 3).on_device("Mate 60").at(n.into());
        if n.is_multiple_of(2) { login.with_union(&format!("uPerson{n}")) } else { login }
    };
    for some in (0..people).collect::<Vec<_>>().chunks(500) {
        join_all(some.iter().map(|n| async { login(*n).sign_in(stores).await })).await;
    }
    for n in (0..people).step_by(100) {
        // A unionid that is somebody else's.
        login(n + 1).with_union(&format!("uPerson{n}")).at(1_000_000).sign_in(stores).await;
        let banned = login(n + 2).replayable(7).at(1_000_000).sign_in(stores).await.user.id;
        stores.accounts.change_user(ban(banned)).await.unwrap();
        let erased = login(n + 3).sign_in(stores).await.user.id;
        stores.accounts.change_user(ban(erased)).await.unwrap();
        assert!(stores.accounts.erase(erasure(erased)).await.unwrap());
        let signed_out = login(n + 4).sign_in(stores).await;
        let end = EndSessions {
            user_id: signed_out.user.id,
            ending: Ending::AllBut(signed_out.session.id),
            tokens_until: Sample::TOKENS_UNTIL,
            event: None,
        };
        assert_eq!(stores.sessions.end_sessions(end).await, Ok(1));
    }
}

fn event(action: AuditAction, user_id: UserId) -> AuditEvent {
    static RANDOMNESS: std::sync::LazyLock<SequenceRandomness> =
        std::sync::LazyLock::new(SequenceRandomness::default);
    AuditEvent::new(action, user_id, Sample::START, &*RANDOMNESS)
}

fn ban(user_id: UserId) -> UserChange {
    UserChange {
        user_id,
        status: Some(UserStatus::Disabled),
        user_type: None,
        tokens_until: Sample::TOKENS_UNTIL,
        events: vec![event(AuditAction::UserDisabled, user_id)],
        now: Sample::START,
    }
}

fn erasure(user_id: UserId) -> Erasure {
    Erasure {
        user_id,
        step: ErasureStep::Complete,
        tokens_until: Sample::TOKENS_UNTIL,
        event: event(AuditAction::UserErased, user_id),
    }
}

/// Fills a database that wxlogin has used before.
async fn fill(url: &str, people: u32) {
    let settings = DatabaseSettings {
        connections: 4,
        acquire_timeout: Duration::from_mins(1),
        statement_timeout: Duration::from_mins(1),
        logins_per_transaction: DatabaseSettings::LOGINS_PER_TRANSACTION,
    };
    let database = wxlogin_sql::Database::open(url, settings).await.unwrap();
    live(&database.stores(), people).await;
    database.close().await;
}

/// One URL comes from where nobody else sees it.
fn copy(from: &str, to: &str) -> Process {
    Process::start(&["copy", "--to", to], &[("WXLOGIN_COPY_FROM".into(), from.into())])
}

/// The tables that a copy has printed: name, rows and what is in them.
async fn tables(from: &str, to: &str) -> Vec<(String, u64, String)> {
    let patience = Duration::from_secs(60 + u64::from(people()) / 50);
    let ended = copy(from, to).finish_within(patience).await;
    assert!(ended.success && ended.output.contains("database.url"), "{ended:?}");
    for url in [from, to] {
        assert!(!ended.output.contains(url) && !ended.log.contains(url), "{ended:?}");
    }
    let lines = ended.output.lines().skip(1).take_while(|line| !line.is_empty());
    let table = |line: &str| match line.split_whitespace().collect::<Vec<_>>().as_slice() {
        [name, rows, content] if content.len() == 16 => {
            ((*name).to_owned(), rows.parse().unwrap(), (*content).to_owned())
        }
        _ => panic!("{line}"),
    };
    lines.map(table).collect()
}

#[tokio::test]
async fn a_deployment_moves_through_every_database_and_is_the_same() {
    let mut house = House::start(&[]).await;
    let alice = house.sign_in("oAlice").await;
    house.api_key("shop", &["introspect"]).await;
    let folder = tempfile::tempdir().unwrap();
    let mysql = Scratch::on("WXLOGIN_TEST_MYSQL_URL").await;
    let mariadb = Scratch::on("WXLOGIN_TEST_MARIADB_URL").await;
    let mongodb = MongoScratch::new().await;
    let postgres = Scratch::on("WXLOGIN_TEST_POSTGRES_URL").await;
    let last = new_file(&folder, "last.db");
    let first = house.database.clone();
    let between = [
        mysql.as_ref().map(|scratch| scratch.url.as_str()),
        mariadb.as_ref().map(|scratch| scratch.url.as_str()),
        mongodb.as_ref().map(|scratch| scratch.url.as_str()),
        postgres.as_ref().map(|scratch| scratch.url.as_str()),
        Some(&last),
    ];
    house.wxlogin.stop().await;
    fill(&first, people()).await;
    let mut here = first.as_str();
    let mut before = None;
    for there in between.into_iter().flatten() {
        let begun = Instant::now();
        let tables = tables(here, there).await;
        let scheme = |url: &str| url.split(':').next().unwrap().to_owned();
        println!("{} -> {}: {:.1?}", scheme(here), scheme(there), begun.elapsed());
        let rows = |name| tables.iter().find(|table| table.0 == name).unwrap().1;
        assert_eq!(rows("users"), u64::from(people() - people() / 100 + 1));
        assert!(rows("sessions") > rows("users") * 9 / 10);
        assert!(tables.iter().all(|(_, rows, _)| *rows > 0));
        assert_eq!(*before.get_or_insert_with(|| tables.clone()), tables);
        here = there;
    }
    house.serve_from(&last).await;
    assert_eq!(house.client.me(alice.token()).await.body["id"], alice.user_id());
    let refresh = json!({ "refreshToken": alice.body["refreshToken"] });
    let refreshed = house.client.post("/v1/token/refresh", &refresh).await;
    assert_eq!(house.client.me(refreshed.token()).await.body["id"], alice.user_id());
    let again = house.sign_in("oAlice").await;
    assert_eq!(again.body["isNewUser"], false);
    assert_eq!(again.user_id(), alice.user_id());
}

/// The one line that it ends with.
async fn complaint(process: Process) -> String {
    let ended: Finished = process.finish().await;
    assert!(!ended.success, "{ended:?}");
    ended.log.lines().find(|line| line.starts_with("wxlogin: ")).unwrap().to_owned()
}

#[tokio::test]
async fn a_copy_that_was_killed_is_not_served_from() {
    let mut house = House::start(&[]).await;
    house.wxlogin.stop().await;
    fill(&house.database, 2000).await;
    let folder = tempfile::tempdir().unwrap();
    let target = new_file(&folder, "target.db");
    let mut killed = copy(&house.database, &target);
    killed.logged_after("copying users: ").await;
    killed.kill().await;

    for command in ["serve", "migrate"] {
        let line = complaint(Process::start(&[command], &necessary(&target))).await;
        assert!(line.contains("unfinished copy"), "{line}");
    }
    let line = complaint(copy(&target, &new_file(&folder, "other.db"))).await;
    assert!(line.contains("unfinished copy"), "{line}");
    let line = complaint(copy(&house.database, &target)).await;
    assert!(line.contains("not empty"), "{line}");
    let again = tables(&house.database, &new_file(&folder, "again.db")).await;
    assert!(!again.is_empty(), "the source is as it was");
}

#[tokio::test]
async fn a_copy_that_cannot_be_is_one_line() {
    let mut house = House::start(&[]).await;
    house.wxlogin.stop().await;
    let here = house.database.as_str();
    let folder = tempfile::tempdir().unwrap();
    let there = new_file(&folder, "there.db");
    let line = complaint(copy(here, here)).await;
    assert!(line.contains("not empty"), "{line}");

    let line = complaint(copy(&new_file(&folder, "nothing.db"), &there)).await;
    assert!(line.contains("--from: ") && line.contains("pending"), "{line}");
    let unused = new_file(&folder, "unused.db");
    assert!(Process::run(&["migrate"], &necessary(&unused)).await.success);
    let line = complaint(copy(&unused, &there)).await;
    assert!(line.contains("nothing to copy"), "{line}");

    let line = complaint(copy("hunter2://hunter2:hunter2@hunter2", &there)).await;
    assert!(line.contains("--from: ") && !line.contains("hunter2"), "{line}");
    let line = complaint(copy(here, "mongodb://hunter2:hunter2:x@hunter2/x")).await;
    assert!(line.contains("--to: ") && !line.contains("hunter2"), "{line}");
    assert!(Process::run(&["serve"], &necessary("hunter2:x")).await.log.contains("database.url: "));
}
