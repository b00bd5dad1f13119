//! No answered login is lost when wxlogin is killed.

use crate::scratch::Scratch;
use crate::support::{AnsweredLogins, Harness, Load, mongodb_url};

/// Signs people in from many clients at once, kills wxlogin meanwhile, starts it again, and checks
/// that every answered login is there.
async fn killed_under_load(database: &str, settings: &[(&str, &str)]) {
    let mut all = vec![
        ("WXLOGIN__LIMITS__FAILED_LOGINS_PER_MINUTE", "100000"),
        ("WXLOGIN__SESSIONS__MAX_PER_USER", "10000"),
    ];
    all.extend(settings);
    let mut harness = Harness::start(&all).await;
    let mut logins = AnsweredLogins::default();
    for round in 0..AnsweredLogins::rounds() {
        let load = Load::start(&harness, round);
        load.wait_until_busy().await;
        harness.crash().await;
        logins.check_round(&harness, load.stop().await).await;
    }
    logins.finish(&harness, &format!("wxlogin is killed on {database}")).await;
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
