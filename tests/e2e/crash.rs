//! What was answered is there, whatever is killed.

use crate::scratch::Scratch;
use crate::support::{House, Ledger, Load, mongodb_url};

/// Signs people in from many clients at once, kills wxlogin in the middle of it, starts it again,
/// and looks for everyone who was answered.
async fn killed_under_load(database: &str, settings: &[(&str, &str)]) {
    let mut all = vec![
        ("WXLOGIN__LIMITS__FAILED_LOGINS_PER_MINUTE", "100000"),
        ("WXLOGIN__SESSIONS__MAX_PER_USER", "10000"),
    ];
    all.extend(settings);
    let mut house = House::start(&all).await;
    let mut ledger = Ledger::default();
    for round in 0..Ledger::rounds() {
        let load = Load::on(&house, round);
        load.is_under_way().await;
        house.crash().await;
        ledger.look_for(&house, load.end().await).await;
    }
    ledger.close(&house, &format!("wxlogin is killed on {database}")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wxlogin_is_killed_on_sqlite() {
    killed_under_load("SQLite", &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wxlogin_is_killed_on_mysql() {
    if let Some(scratch) = Scratch::on("WXLOGIN_TEST_MYSQL_URL").await {
        killed_under_load("MySQL", &[("WXLOGIN__DATABASE__URL", &scratch.url)]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wxlogin_is_killed_on_mariadb() {
    if let Some(scratch) = Scratch::on("WXLOGIN_TEST_MARIADB_URL").await {
        killed_under_load("MariaDB", &[("WXLOGIN__DATABASE__URL", &scratch.url)]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wxlogin_is_killed_on_mongodb() {
    if let Some(url) = mongodb_url("crash") {
        killed_under_load("MongoDB", &[("WXLOGIN__DATABASE__URL", &url)]).await;
    }
}
