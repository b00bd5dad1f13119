//! Copying a whole deployment. The other end is the memory store, which passes the same suite.

use super::actions::{
    end_as_reused, erase_user, merge, rotate, set_phone, set_status, set_type_and_ban,
};
use super::{Sample, avatar, clients, import, shared};
use crate::model::{UserStatus, VisibleApps};
use crate::ports::{
    Cell, Deployment, DeploymentKind, ErasureStep, KeyedTag, Kind, Row, Stores, TABLES, Table,
};
use crate::testing::MemoryStore;

/// Reads all rows of a table in small pages.
async fn rows(stores: &Stores, table: &'static Table) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut after = None;
    loop {
        let page = stores.transfer.page(table, after, 2).await.unwrap();
        rows.extend(page.rows);
        after = page.next;
        if after.is_none() {
            return rows;
        }
        assert!(rows.len() < 1000, "{} never ends", table.name);
    }
}

async fn copy(from: &Stores, to: &Stores) {
    for table in TABLES {
        to.transfer.insert(table, rows(from, table).await).await.unwrap();
    }
}

/// A text that differs for different rows.
fn text_of(row: &Row) -> String {
    let cells = row.0.iter().map(|cell| match cell {
        Cell::Absent => "absent".into(),
        Cell::Integer(number) => format!("number {number}"),
        Cell::Text(text) => format!("text {text}"),
        Cell::Bytes(bytes) => format!("bytes {bytes:?}"),
        Cell::Id(id) => format!("id {id}"),
    });
    cells.collect::<Vec<_>>().join(", ")
}

async fn texts(stores: &Stores) -> Vec<(&'static str, Vec<String>)> {
    let mut all = Vec::new();
    for table in TABLES {
        let rows = rows(stores, table).await;
        let counted = stores.transfer.count(table).await.unwrap();
        assert_eq!(counted, rows.len() as u64, "{}", table.name);
        let mut printed = rows.iter().map(text_of).collect::<Vec<_>>();
        printed.sort_unstable();
        all.push((table.name, printed));
    }
    all
}

/// Fills every table and every column.
pub(crate) async fn populate(stores: &Stores) {
    shared::signing_keys_are_listed_newest_first(stores).await;
    stores.keys.revoke_key("kid-1-0", Sample::START).await.unwrap();
    clients::api_clients_are_stored_and_removed(stores).await;
    clients::an_api_client_is_replaced_in_every_field(stores).await;
    import::importing_an_existing_user_adds_the_legacy_id(stores).await;
    let ban =
        Sample::of("oBanned").with_union("uBanned").on_device("Mate 60").sign_in(stores).await;
    Sample::of("oElsewhere").in_app(2).with_union("uBanned").at(1).sign_in(stores).await;
    Sample::of("oMoved").with_union("uMoved").at(1).sign_in(stores).await;
    Sample::of("oMoved").with_union("uChanged").at(2).sign_in(stores).await;
    Sample::of("oBanned").with_union("uBanned").at(3).replayable(9).sign_in(stores).await;
    Sample::of("oOther")
        .with_union("uOther")
        .pictured("https://cdn.example.com/𠮷")
        .sign_in(stores)
        .await;
    Sample::of("oOther").with_union("uBanned").at(4).sign_in(stores).await;
    set_type_and_ban(stores, ban.user.id).await;
    let going = Sample::of("oGoing").sign_in(stores).await.user.id;
    erase_user(stores, going, ErasureStep::Schedule(Sample::EXPIRY), 5).await;
    let gone = Sample::of("oGone").sign_in(stores).await.user.id;
    set_status(stores, gone, UserStatus::Disabled).await;
    erase_user(stores, gone, ErasureStep::Complete, 2000).await;
    let reused = Sample::of("oGoing").at(6).restoring().sign_in(stores).await.session;
    rotate(stores, reused.id, 1, 7).await;
    let other = Sample::of("oAlice").at(8).sign_in(stores).await.session;
    end_as_reused(stores, &other).await;
    erase_user(stores, going, ErasureStep::Schedule(Sample::EXPIRY), 9).await;
    let winner = Sample::of("oWinner").sign_in(stores).await.user.id;
    let loser = Sample::of("oLoser").at(1).sign_in(stores).await.user.id;
    merge(stores, winner, loser).await;
    Sample::of("oWinner").at(60).sign_in(stores).await;
    set_phone(stores, winner, 5).await;
    avatar::give(stores, winner, 5).await;
}

pub async fn every_row_can_be_copied_out(stores: &Stores) {
    populate(stores).await;
    let other = MemoryStore::stores();
    copy(stores, &other).await;
    assert_eq!(texts(stores).await, texts(&other).await);
    let users = stores.accounts.page_users(&VisibleApps::All, None, 100).await.unwrap();
    assert_eq!(other.accounts.page_users(&VisibleApps::All, None, 100).await, Ok(users.clone()));
    for user in users {
        assert_eq!(
            stores.sessions.list_sessions(user.id).await,
            other.sessions.list_sessions(user.id).await
        );
        assert_eq!(
            stores.accounts.identities(user.id).await,
            other.accounts.identities(user.id).await
        );
    }
    assert_eq!(
        stores.sessions.find_replay(KeyedTag([9; 32])).await,
        other.sessions.find_replay(KeyedTag([9; 32])).await
    );
}

pub async fn a_copy_behaves_like_the_original(stores: &Stores) {
    let other = MemoryStore::stores();
    populate(&other).await;
    assert_eq!(stores.transfer.is_empty().await, Ok(true));
    copy(&other, stores).await;
    assert_eq!(stores.transfer.is_empty().await, Ok(false));
    assert_eq!(texts(stores).await, texts(&other).await);
    // Logins have the same outcome as in the original.
    for login in [
        Sample::of("oAlice").at(9000),
        Sample::of("oBanned").at(9001),
        Sample::of("oGone").at(9002),
        Sample::of("oGoing").at(9003),
        Sample::of("oGoing").at(9004).restoring(),
        Sample::of("oNew").in_app(2).with_union("uOther").at(9005),
        Sample::of("oNew").in_app(3).with_union("uBanned").at(9006),
    ] {
        assert_eq!(login.outcome(stores).await, login.outcome(&other).await);
    }
}

pub async fn a_store_with_a_deployment_mark_is_not_empty(stores: &Stores) {
    assert_eq!(stores.transfer.is_empty().await, Ok(true));
    let mark = Deployment {
        key_check: KeyedTag([1; 32]),
        kind: DeploymentKind::UnfinishedCopy,
        rotation: None,
    };
    stores.deployment.set_deployment(mark).await.unwrap();
    assert_eq!(stores.transfer.is_empty().await, Ok(false));
}

pub async fn the_sample_fills_every_column(_: &Stores) {
    let stores = MemoryStore::stores();
    populate(&stores).await;
    for table in TABLES {
        let rows = rows(&stores, table).await;
        for (number, column) in table.columns.iter().enumerate() {
            let filled = rows.iter().filter(|row| row.0[number] != Cell::Absent);
            assert!(filled.count() > 0, "{}.{} is never filled", table.name, column.name);
            let is_kind = |row: &Row| match (&row.0[number], column.kind) {
                (Cell::Absent, _) => column.optional,
                (Cell::Integer(_), kind) => kind == Kind::Integer,
                (Cell::Text(_), kind) => kind == Kind::Text,
                (Cell::Bytes(_), kind) => kind == Kind::Bytes,
                (Cell::Id(_), kind) => kind == Kind::Id,
            };
            assert!(rows.iter().all(is_kind), "{}.{}", table.name, column.name);
        }
    }
}
