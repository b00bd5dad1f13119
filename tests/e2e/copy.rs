//! `wxlogin copy` from one database into another.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;
use wxlogin_domain::model::{AuditAction, AuditEvent, UserId, UserStatus, VisibleApps};
use wxlogin_domain::ports::{EndSessions, Ending, Erasure, ErasureStep, Stores, UserChange};
use wxlogin_domain::testing::SequenceRandomness;
use wxlogin_domain::testing::contract::Sample;
use wxlogin_sql::DatabaseSettings;

use crate::scratch::Scratch;
use crate::support::{Finished, Harness, MongoScratch, Process, required_settings};

/// The number of users; `tests/long/copy` sets a higher one.
fn people() -> u32 {
    std::env::var("WXLOGIN_TEST_USERS").map_or(2000, |number| number.parse().unwrap())
}

/// The URL of a SQLite file that does not exist yet.
fn new_file(folder: &tempfile::TempDir, name: &str) -> String {
    format!("sqlite:{}", folder.path().join(name).display())
}

/// Adds users with sessions, conflicts, bans, erasures and revocations.
async fn add_users(stores: &Stores, people: u32) {
    let login = |n: u32| {
        let login = Sample::of(&format!("oPerson{n}")).named(&format!("𠮷爱丽丝 {n}"));
        let login = login.in_app(1 + n % 3).on_device("Mate 60").at(n.into());
        if n.is_multiple_of(2) { login.with_union(&format!("uPerson{n}")) } else { login }
    };
    for some in (0..people).collect::<Vec<_>>().chunks(500) {
        join_all(some.iter().map(|n| async { login(*n).sign_in(stores).await })).await;
    }
    for n in (0..people).step_by(100) {
        // The unionid of another user.
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
        apps: VisibleApps::All,
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
        apps: VisibleApps::All,
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
    add_users(&database.stores(), people).await;
    database.close().await;
}

/// Starts a copy. One URL comes from the environment, where other users of the machine cannot see
/// it.
fn copy(from: &str, to: &str) -> Process {
    Process::start(&["copy", "--to", to], &[("WXLOGIN_COPY_FROM".into(), from.into())])
}

/// Runs a copy. Returns the tables that it prints: name, number of rows, and hash of the content.
async fn copied_tables(from: &str, to: &str) -> Vec<(String, u64, String)> {
    let timeout = Duration::from_secs(60 + u64::from(people()) / 50);
    let ended = copy(from, to).finish_within(timeout).await;
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
async fn a_copy_through_every_database_keeps_all_content() {
    let mut harness = Harness::start(&[]).await;
    let alice = harness.sign_in("oAlice").await;
    harness.api_key("shop", &["introspect"]).await;
    let folder = tempfile::tempdir().unwrap();
    let mysql = Scratch::on("WXLOGIN_TEST_MYSQL_URL").await;
    let mariadb = Scratch::on("WXLOGIN_TEST_MARIADB_URL").await;
    let mongodb = MongoScratch::new().await;
    let postgres = Scratch::on("WXLOGIN_TEST_POSTGRES_URL").await;
    let last = new_file(&folder, "last.db");
    let first = harness.database.clone();
    let targets = [
        mysql.as_ref().map(|scratch| scratch.url.as_str()),
        mariadb.as_ref().map(|scratch| scratch.url.as_str()),
        mongodb.as_ref().map(|scratch| scratch.url.as_str()),
        postgres.as_ref().map(|scratch| scratch.url.as_str()),
        Some(&last),
    ];
    harness.wxlogin.stop().await;
    fill(&first, people()).await;
    let mut source = first.as_str();
    let mut first_tables = None;
    for target in targets.into_iter().flatten() {
        let begun = Instant::now();
        let tables = copied_tables(source, target).await;
        let scheme = |url: &str| url.split(':').next().unwrap().to_owned();
        println!("{} -> {}: {:.1?}", scheme(source), scheme(target), begun.elapsed());
        let rows = |name| tables.iter().find(|table| table.0 == name).unwrap().1;
        assert_eq!(rows("users"), u64::from(people() - people() / 100 + 1));
        assert!(rows("sessions") > rows("users") * 9 / 10);
        assert!(tables.iter().all(|(_, rows, _)| *rows > 0));
        assert_eq!(*first_tables.get_or_insert_with(|| tables.clone()), tables);
        source = target;
    }
    harness.serve_from(&last).await;
    assert_eq!(harness.client.me(alice.token()).await.body["id"], alice.user_id());
    let refresh = json!({ "refreshToken": alice.body["refreshToken"] });
    let refreshed = harness.client.post("/v1/token/refresh", &refresh).await;
    assert_eq!(harness.client.me(refreshed.token()).await.body["id"], alice.user_id());
    let again = harness.sign_in("oAlice").await;
    assert_eq!(again.body["isNewUser"], false);
    assert_eq!(again.user_id(), alice.user_id());
}

/// Waits until it fails, and returns the error message.
async fn error_line(process: Process) -> String {
    let ended: Finished = process.finish().await;
    assert!(!ended.success, "{ended:?}");
    ended.log.lines().find(|line| line.starts_with("wxlogin: ")).unwrap().to_owned()
}

#[tokio::test]
async fn an_unfinished_copy_is_refused() {
    let mut harness = Harness::start(&[]).await;
    harness.wxlogin.stop().await;
    fill(&harness.database, 2000).await;
    let folder = tempfile::tempdir().unwrap();
    let target = new_file(&folder, "target.db");
    let mut killed = copy(&harness.database, &target);
    killed.logged_after("copying users: ").await;
    killed.kill().await;

    for command in ["serve", "migrate"] {
        let line = error_line(Process::start(&[command], &required_settings(&target))).await;
        assert!(line.contains("unfinished copy"), "{line}");
    }
    let line = error_line(copy(&target, &new_file(&folder, "other.db"))).await;
    assert!(line.contains("unfinished copy"), "{line}");
    let line = error_line(copy(&harness.database, &target)).await;
    assert!(line.contains("not empty"), "{line}");
    let again = copied_tables(&harness.database, &new_file(&folder, "again.db")).await;
    assert!(!again.is_empty(), "the source is as it was");
}

#[tokio::test]
async fn a_failed_copy_is_reported_in_one_line() {
    let mut harness = Harness::start(&[]).await;
    harness.wxlogin.stop().await;
    let source = harness.database.as_str();
    let folder = tempfile::tempdir().unwrap();
    let target = new_file(&folder, "target.db");
    let line = error_line(copy(source, source)).await;
    assert!(line.contains("not empty"), "{line}");

    let line = error_line(copy(&new_file(&folder, "nothing.db"), &target)).await;
    assert!(line.contains("--from: there is no database file"), "{line}");
    let unused = new_file(&folder, "unused.db");
    assert!(Process::run(&["migrate"], &required_settings(&unused)).await.success);
    let line = error_line(copy(&unused, &target)).await;
    assert!(line.contains("nothing to copy"), "{line}");

    let line = error_line(copy("hunter2://hunter2:hunter2@hunter2", &target)).await;
    assert!(line.contains("--from: ") && !line.contains("hunter2"), "{line}");
    let line = error_line(copy(source, "mongodb://hunter2:hunter2:x@hunter2/x")).await;
    assert!(line.contains("--to: ") && !line.contains("hunter2"), "{line}");
    assert!(
        Process::run(&["serve"], &required_settings("hunter2:x"))
            .await
            .log
            .contains("database.url: ")
    );
}
