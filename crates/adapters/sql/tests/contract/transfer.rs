//! Cases of copying that the small sample of the store contract does not cover.

use uuid::Uuid;
use wxlogin_domain::model::Timestamp;
use wxlogin_domain::ports::{Cell, Row, Stores, TABLES, Table};
use wxlogin_sql::Database;

use super::SETTINGS;

on_every_database! {
    many_rows_are_inserted_once,
    names_that_differ_in_case_all_come,
    rows_that_clash_are_an_error,
}

async fn open(url: &str) -> Stores {
    let database = Database::open(url, SETTINGS).await.unwrap();
    database.migrate().await.unwrap();
    database.stores()
}

fn table(name: &str) -> &'static Table {
    TABLES.iter().find(|table| table.name == name).unwrap()
}

/// Every row of a table.
async fn rows(stores: &Stores, table: &'static Table, limit: u32) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut after = None;
    loop {
        let page = stores.transfer.page(table, after, limit).await.unwrap();
        assert!(page.rows.len() <= 2 * usize::try_from(limit).unwrap());
        rows.extend(page.rows);
        after = page.next;
        if after.is_none() {
            return rows;
        }
        assert!(rows.len() < 10_000, "{} never ends", table.name);
    }
}

fn id(number: u128) -> Cell {
    Cell::Id(Uuid::from_u128(number))
}

async fn many_rows_are_inserted_once(url: &str) {
    let stores = open(url).await;
    let table = table("sessions");
    let session = |number: u8, part: u128, created_at: i64| {
        let cells = vec![
            id(u128::from(number) << 8 | part),
            id(1),
            Cell::Text("wxtest000000000001".into()),
            Cell::Text("oAlice".into()),
            Cell::Absent,
            Cell::Integer(u32::MAX.into()),
            Cell::Bytes(vec![number; 16]),
            Cell::Absent,
            Cell::Absent,
            Cell::Integer(created_at),
            Cell::Integer(Timestamp::from_seconds(2_000_000_000).as_millis()),
            Cell::Integer(i64::MAX),
            Cell::Integer(i64::MAX),
        ];
        Row(cells)
    };
    let first = (0..=255).map(|number| session(number, 0, 1)).collect::<Vec<_>>();
    stores.transfer.insert(table, first).await.unwrap();
    // The same again, and others between them.
    let all = (0..=255).flat_map(|number| (0..3).map(move |part| session(number, part, 2)));
    stores.transfer.insert(table, all.collect()).await.unwrap();

    assert_eq!(stores.transfer.count(table).await, Ok(768));
    let expected = (0..=255).flat_map(|number| {
        (0..3).map(move |part| session(number, part, if part == 0 { 1 } else { 2 }))
    });
    let expected = expected.collect::<Vec<_>>();
    assert!(rows(&stores, table, 100).await == expected, "another order, or other rows");
    assert!(rows(&stores, table, 768).await == expected, "a page that just fits is the last");
}

async fn names_that_differ_in_case_all_come(url: &str) {
    let stores = open(url).await;
    let table = table("identities");
    let names = ["a", "A", "aB", "Ab", "ab", "AB", "a_", "a-", "_a", "-a", "a1", "1a", "z", "Z"];
    let identity = |app: usize, name: &str| {
        Row(vec![
            Cell::Text(format!("wxtest{app:012}")),
            Cell::Text(name.into()),
            id(7),
            Cell::Bytes(vec![9; 32]),
            Cell::Absent,
            Cell::Absent,
            Cell::Absent,
            Cell::Absent,
            Cell::Absent,
            Cell::Absent,
        ])
    };
    let all = (0..3).flat_map(|app| names.iter().map(move |name| identity(app, name)));
    let all = all.collect::<Vec<_>>();
    stores.transfer.insert(table, all.clone()).await.unwrap();
    for limit in 1..5 {
        let rows = rows(&stores, table, limit).await;
        assert_eq!(rows.len(), all.len(), "in pages of {limit}");
        assert!(all.iter().all(|row| rows.contains(row)), "in pages of {limit}");
    }
}

async fn rows_that_clash_are_an_error(url: &str) {
    let stores = open(url).await;
    let table = table("users");
    let user = |number: u128| {
        Row(vec![
            id(number),
            Cell::Integer(2),
            Cell::Integer(1),
            Cell::Absent,
            Cell::Absent,
            Cell::Text("the same old id".into()),
            Cell::Absent,
            Cell::Absent,
            Cell::Absent,
            Cell::Absent,
            Cell::Integer(1),
            Cell::Integer(1),
            Cell::Integer(1),
        ])
    };
    assert!(stores.transfer.insert(table, vec![user(1), user(2)]).await.is_err());
    assert_eq!(stores.transfer.count(table).await, Ok(0));
    assert_eq!(stores.transfer.insert(table, vec![user(1)]).await, Ok(()));
}
