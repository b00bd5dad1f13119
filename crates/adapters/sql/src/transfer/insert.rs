use sea_orm::sea_query::{Condition, Expr, ExprTrait, OnConflict, Query};
use sea_orm::{ConnectionTrait, DbErr};
use wxlogin_domain::ports::{Column, Row, Table};

use super::cell::{read, value};
use crate::engine::Engine;
use crate::error::Failure;
use crate::transaction::Transaction;

/// How many rows one statement inserts. Even for the widest table this is a tenth of SQLite's limit of
/// 32,766 values.
const ROWS: usize = 256;

/// Inserts the rows whose key does not exist. A conflict in any other column is an error.
pub(super) async fn insert(
    transaction: &Transaction,
    engine: Engine,
    table: &Table,
    rows: &[Row],
) -> Result<(), Failure> {
    let key = &table.columns[..table.key];
    for rows in rows.chunks(ROWS) {
        let mut insert = Query::insert();
        insert.into_table(table.name).columns(table.columns.iter().map(|column| column.name));
        let there = match engine {
            Engine::Sqlite | Engine::Postgres => {
                let mut same = OnConflict::columns(key.iter().map(|column| column.name));
                insert.on_conflict(same.do_nothing().to_owned());
                Vec::new()
            }
            // `INSERT IGNORE` would ignore other conflicts, too.
            Engine::MySql => keys_that_are_there(transaction, table.name, key, rows).await?,
        };
        let new = rows.iter().filter(|row| !there.iter().any(|key| row.0.starts_with(&key.0)));
        let mut is_any = false;
        for row in new {
            insert.values(values(table.columns, row))?;
            is_any = true;
        }
        if is_any {
            transaction.execute(&insert).await?;
        }
    }
    Ok(())
}

async fn keys_that_are_there(
    transaction: &Transaction,
    table: &'static str,
    key: &[Column],
    rows: &[Row],
) -> Result<Vec<Row>, DbErr> {
    let equal = |row| {
        let parts = key.iter().zip(values(key, row));
        let parts = parts.map(|(column, value)| Expr::col(column.name).eq(value));
        parts.fold(Condition::all(), Condition::add)
    };
    let select = Query::select()
        .columns(key.iter().map(|column| column.name))
        .from(table)
        .cond_where(rows.iter().map(equal).fold(Condition::any(), Condition::add))
        .take();
    let there = transaction.query_all(&select).await?;
    there.iter().map(|row| read(key, row)).collect()
}

fn values<'a>(columns: &'a [Column], row: &'a Row) -> impl Iterator<Item = Expr> + 'a {
    let cells = columns.iter().zip(row.0.iter().cloned());
    cells.map(|(column, cell)| Expr::value(value(column.kind, cell)))
}
