//! The store contract on MongoDB and FerretDB, and what MongoDB without transactions makes worth
//! asking besides.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends where it does not find what it expects"
)]

mod crashes;
mod instances;
mod outage;
mod proxy;
mod support;

use wxlogin_domain::testing::contract::StoreUnderTest;

async fn open(server: &support::Server) -> Option<StoreUnderTest> {
    let scratch = support::Scratch::on(server).await?;
    let database = scratch.open().await;
    Some(StoreUnderTest::keeping(database.stores(), (scratch, database)))
}

mod mongodb {
    use super::{StoreUnderTest, open, support};

    async fn store() -> Option<StoreUnderTest> {
        open(&support::MONGODB).await
    }

    wxlogin_domain::store_contract!(store);
}

/// Another program that speaks MongoDB's protocol, on SQLite.
mod ferretdb {
    use super::{StoreUnderTest, open, support};

    async fn store() -> Option<StoreUnderTest> {
        open(&support::FERRETDB).await
    }

    wxlogin_domain::store_contract!(store, except: {
        "an update reads and writes in two steps, so no compare-and-set holds": [
            a_ban_that_is_acknowledged_lets_no_later_login_in,
            the_session_limit_holds_under_concurrency,
            the_session_limit_holds_for_a_user_without_sessions,
        ],
        "it reads a whole collection to find one document, which takes minutes here": [
            many_first_logins_of_many_people_make_one_user_each,
        ],
    });
}
