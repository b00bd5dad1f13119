//! The store contract on MongoDB, and what MongoDB without transactions makes worth asking besides.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends where it does not find what it expects"
)]

mod crashes;
mod house;
mod instances;
mod original;
mod outage;
mod proxy;
mod races;
mod slow;
mod stepping;
mod support;

use wxlogin_domain::store_contract;
use wxlogin_domain::testing::contract::StoreUnderTest;

async fn mongodb() -> Option<StoreUnderTest> {
    let scratch = support::Scratch::new().await?;
    let database = scratch.open().await;
    Some(StoreUnderTest::keeping(database.stores(), (scratch, database)))
}

store_contract!(mongodb);
