//! The schema that the migrations create.

use std::collections::BTreeMap;

use sea_orm::{ConnectOptions, ConnectionTrait, Database as Raw, DatabaseConnection, Statement};
use wxlogin_domain::ports::{Kind, TABLES};
use wxlogin_sql::Database;

use super::SETTINGS;

on_every_database! {
    every_column_is_copied,
    the_feed_has_the_time_of_the_database,
}

async fn migrated(url: &str) -> (Database, DatabaseConnection) {
    let database = Database::open(url, SETTINGS).await.unwrap();
    database.migrate().await.unwrap();
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    (database, Raw::connect(options).await.unwrap())
}

async fn query(db: &DatabaseConnection, text: String) -> Vec<sea_orm::QueryResult> {
    let statement = Statement::from_string(db.get_database_backend(), text);
    db.query_all_raw(statement).await.unwrap()
}

/// Type and nullability of every column of every table.
async fn columns(db: &DatabaseConnection) -> BTreeMap<(String, String), (String, bool)> {
    let question = match db.get_database_backend() {
        sea_orm::DbBackend::Sqlite => {
            "SELECT tables.name, columns.name, columns.type,
                CASE columns.\"notnull\" WHEN 0 THEN 'YES' ELSE 'NO' END
             FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns
             WHERE tables.type = 'table'"
        }
        sea_orm::DbBackend::MySql => {
            "SELECT CAST(table_name AS CHAR), CAST(column_name AS CHAR),
                CAST(column_type AS CHAR), CAST(is_nullable AS CHAR)
             FROM information_schema.columns WHERE table_schema = DATABASE()"
        }
        _ => {
            "SELECT table_name::text, column_name::text, data_type::text, is_nullable::text
             FROM information_schema.columns WHERE table_schema = current_schema()"
        }
    };
    let rows = query(db, question.into()).await.into_iter().map(|row| {
        let text = |index| row.try_get_by_index::<String>(index).unwrap().to_lowercase();
        ((text(0), text(1)), (text(2), text(3) == "yes"))
    });
    rows.filter(|((table, _), _)| table != "seaql_migrations").collect()
}

fn holds(kind: Kind, of_type: &str) -> bool {
    let is_any = |words: &[&str]| words.iter().any(|word| of_type.contains(word));
    match kind {
        Kind::Integer => is_any(&["int"]),
        Kind::Text => is_any(&["char", "text"]),
        Kind::Bytes => is_any(&["blob", "binary", "bytea"]),
        Kind::Id => is_any(&["blob(16)", "binary(16)", "uuid"]),
    }
}

/// A column that copying does not know would be lost.
async fn every_column_is_copied(url: &str) {
    let (_database, db) = migrated(url).await;
    let mut columns = columns(&db).await;
    for table in TABLES {
        for column in table.columns {
            let key = (table.name.to_owned(), column.name.to_owned());
            let (of_type, optional) = columns.remove(&key).unwrap_or_else(|| panic!("no {key:?}"));
            assert_eq!(optional, column.optional, "{key:?}");
            assert!(holds(column.kind, &of_type), "{key:?} is {of_type}");
        }
    }
    // These are not copied.
    columns.retain(|(table, _), _| !["deployment", "leases", "pushes"].contains(&table.as_str()));
    assert_eq!(columns, BTreeMap::new());
}

async fn the_feed_has_the_time_of_the_database(url: &str) {
    let (database, db) = migrated(url).await;
    let seconds = match db.get_database_backend() {
        sea_orm::DbBackend::Sqlite => "SELECT unixepoch()",
        sea_orm::DbBackend::MySql => "SELECT CAST(UNIX_TIMESTAMP() AS SIGNED)",
        _ => "SELECT CAST(EXTRACT(EPOCH FROM now()) AS BIGINT)",
    };
    let before = query(&db, seconds.into()).await[0].try_get_by_index::<i64>(0).unwrap();
    let feed = database.stores().sessions.revocations(None, 100).await.unwrap();
    let after = query(&db, seconds.into()).await[0].try_get_by_index::<i64>(0).unwrap();
    let read_at = feed.read_at.as_seconds();
    assert!((before - 1..=after + 1).contains(&read_at), "{before} {read_at} {after}");
}
