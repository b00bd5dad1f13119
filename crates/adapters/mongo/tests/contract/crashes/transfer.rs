//! Copying a database with unfinished steps.

use wxlogin_domain::model::UserStatus;
use wxlogin_domain::ports::{Cell, ErasureStep, Row, Stores, TABLES, Table};
use wxlogin_domain::testing::contract::Sample;

use crate::harness::{Harness, erase, set_status};
use crate::interrupting_proxy::InterruptingProxy;

fn table(name: &str) -> &'static Table {
    TABLES.iter().find(|table| table.name == name).unwrap()
}

async fn rows(stores: &Stores, name: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut after = None;
    loop {
        let page = stores.transfer.page(table(name), after, 1).await.unwrap();
        rows.extend(page.rows);
        after = page.next;
        if after.is_none() {
            return rows;
        }
    }
}

/// Returns the cells of a column, row by row.
async fn column(stores: &Stores, name: &str, column: &str) -> Vec<Cell> {
    let columns = table(name).columns;
    let number = columns.iter().position(|each| each.name == column).unwrap();
    rows(stores, name).await.into_iter().map(|mut row| row.0.swap_remove(number)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unfinished_login_is_not_exported() {
    for writes in 0..3 {
        let Some(harness) = Harness::new().await else { return };
        let known = Sample::of("oBob").with_union("uBob").sign_in(&harness.stores).await.user.id;
        let (proxy, instance) = InterruptingProxy::severed_after(writes, &harness.scratch).await;
        let login = Sample::of("oAlice").with_union("uAlice").record();
        drop(instance.stores().accounts.record_login(login).await);
        assert!(proxy.is_severed());
        let only = [Cell::Id(known.as_uuid())];
        assert!(column(&harness.stores, "users", "id").await == only);
        assert!(column(&harness.stores, "identities", "user_id").await == only);
        assert!(column(&harness.stores, "union_ids", "user_id").await == only);
        assert!(column(&harness.stores, "sessions", "user_id").await == only);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unfinished_erasure_is_completed_first() {
    for writes in 1.. {
        let Some(harness) = Harness::new().await else { return };
        let stores = &harness.stores;
        let bob = Sample::of("oBob").sign_in(stores).await.user.id;
        let alice = Sample::of("oAlice").with_union("uAlice").sign_in(stores).await.user.id;
        set_status(stores, alice, UserStatus::Disabled).await.unwrap();
        let (proxy, instance) = InterruptingProxy::severed_after(writes, &harness.scratch).await;
        drop(erase(&instance.stores(), alice, ErasureStep::Complete).await);
        let only = [Cell::Id(bob.as_uuid())];
        let gone = Cell::Id(alice.as_uuid());
        assert!(column(stores, "users", "id").await == only);
        assert!(column(stores, "identities", "user_id").await == only);
        assert!(column(stores, "union_ids", "user_id").await.is_empty());
        assert!(column(stores, "tombstones", "user_id").await == [gone.clone(), gone.clone()]);
        assert!(column(stores, "audit_events", "user_id").await == [gone.clone(), gone]);
        assert_eq!(rows(stores, "revocations").await.len(), 1);
        if !proxy.is_severed() {
            break;
        }
    }
}

/// An identity that still names a superseded id is exported with the current user.
#[tokio::test(flavor = "multi_thread")]
async fn a_superseded_user_is_exported_as_the_current_one() {
    let Some(harness) = Harness::new().await else { return };
    let stores = &harness.stores;
    let there = Sample::of("oThere").in_app(2).sign_in(stores).await.user.id;
    let slow = Sample::of("oHere").with_union("uAlice");
    let (_proxy, instance) = InterruptingProxy::severed_after(2, &harness.scratch).await;
    drop(instance.stores().accounts.record_login(slow.record()).await);
    let taken = Sample::of("oThere").in_app(2).with_union("uAlice").at(1).sign_in(stores).await;
    assert_eq!((taken.user.id, taken.union_conflict), (there, None));
    let meant = Cell::Id(there.as_uuid());
    assert!(column(stores, "users", "id").await == [meant.clone()]);
    assert!(column(stores, "identities", "user_id").await == [meant.clone(), meant.clone()]);
    assert!(column(stores, "union_ids", "user_id").await == [meant]);
    let listed = stores.accounts.identities(there).await.unwrap();
    assert_eq!(listed.len(), 2, "both are the user's");
    assert_eq!(listed[0].key, slow.record().identity);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_inserted_twice_changes_nothing() {
    let Some(source) = Harness::new().await else { return };
    for n in 0..5 {
        let login = Sample::of(&format!("oPerson{n}")).with_union(&format!("uPerson{n}"));
        login.replayable(n).sign_in(&source.stores).await;
    }
    let harness = Harness::new().await.unwrap();
    for _ in 0..2 {
        for table in TABLES {
            let rows = rows(&source.stores, table.name).await;
            harness.stores.transfer.insert(table, rows).await.unwrap();
        }
    }
    for table in TABLES {
        let copied = rows(&harness.stores, table.name).await;
        assert!(copied == rows(&source.stores, table.name).await, "{}", table.name);
    }
}

/// In other databases an expired session may have the replay tag that another user has now.
#[tokio::test(flavor = "multi_thread")]
async fn a_replay_tag_of_two_users_does_not_fail_the_copy() {
    let Some(harness) = Harness::new().await else { return };
    let stores = &harness.stores;
    let tag = Sample::of("oX").replayable(7).record().replay.unwrap();
    let mut sessions = Vec::new();
    for n in 0..2 {
        let session = Sample::of(&format!("oPerson{n}")).sign_in(stores).await.session;
        let columns = table("sessions").columns.iter();
        let cells = columns.map(|column| match column.name {
            "id" => Cell::Id(Sample::of("oNew").record().session.id.as_uuid()),
            "user_id" => Cell::Id(session.user_id.as_uuid()),
            "app_id" => Cell::Text(session.app_id.to_string()),
            "open_id" => Cell::Text(session.open_id.as_str().to_owned()),
            "device" => Cell::Absent,
            "salt" => Cell::Bytes(session.salt.0.to_vec()),
            "replay_tag" => Cell::Bytes(tag.key.0.to_vec()),
            "replay_fingerprint" => Cell::Bytes(tag.fingerprint.0.to_vec()),
            _ => Cell::Integer(1),
        });
        sessions.push(Row(cells.collect()));
    }
    stores.transfer.insert(table("sessions"), sessions).await.unwrap();
    assert_eq!(rows(stores, "sessions").await.len(), 4);
    assert!(stores.sessions.find_replay(tag.key).await.unwrap().is_some());
}
