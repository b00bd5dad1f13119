//! The database goes away and comes back.

use sqlx::{Connection, Executor, SqliteConnection};

use crate::support::House;

#[tokio::test]
async fn a_locked_database_is_told_and_recovered_from() {
    let house = House::start(&[("WXLOGIN__DATABASE__ACQUIRE_TIMEOUT_MS", "500")]).await;
    let before = house.sign_in("oAlice").await;
    let mut other = SqliteConnection::connect(&house.database).await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();

    let answer = house.sign_in("oAlice").await;
    assert_eq!((answer.status, answer.problem()), (503, "store_unavailable"));
    let ready = house.client.request(reqwest::Method::GET, "/readyz");
    assert_eq!(house.client.send(ready).await.problem(), "store_unavailable");
    assert_eq!(house.client.me(before.token()).await.status, 200, "reading goes on");

    other.execute("ROLLBACK").await.unwrap();
    let after = house.sign_in("oAlice").await;
    assert_eq!(after.user_id(), before.user_id());
    let ready = house.client.request(reqwest::Method::GET, "/readyz");
    assert_eq!(house.client.send(ready).await.status, 200);
}
