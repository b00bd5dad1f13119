use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};
use wxlogin_domain::ports::{Column, Row, Table};

use super::cell::{read, selected, value};
use crate::engine::Engine;
use crate::error::Failure;

/// How many rows one statement inserts: with the most columns still a tenth of the 32,766 values
/// that SQLite takes, and as many terms of a condition as it takes without complaint.
const ROWS: usize = 256;

/// Inserts the rows whose key is not there. Rows that clash in anything else are an error, also
/// with MySQL, whose statement that passes over the one passes over the other too.
pub(super) async fn insert(
    transaction: &DatabaseTransaction,
    engine: Engine,
    table: &Table,
    rows: &[Row],
) -> Result<(), Failure> {
    for rows in rows.chunks(ROWS) {
        let there = keys_that_are_there(transaction, engine, table, rows).await?;
        let new = rows.iter().filter(|row| !there.iter().any(|key| row.0.starts_with(&key.0)));
        let mut insert = Query::insert();
        insert.into_table(table.name).columns(table.columns.iter().map(|column| column.name));
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
    transaction: &DatabaseTransaction,
    engine: Engine,
    table: &Table,
    rows: &[Row],
) -> Result<Vec<Row>, DbErr> {
    let key = &table.columns[..table.key];
    let equal = |row| {
        let terms = key.iter().zip(values(key, row));
        let terms = terms.map(|(column, value)| Expr::col(column.name).eq(value));
        terms.fold(Condition::all(), Condition::add)
    };
    let mut select = Query::select();
    select
        .exprs(key.iter().map(|column| selected(engine, column)))
        .from(table.name)
        .cond_where(rows.iter().map(equal).fold(Condition::any(), Condition::add));
    let there = transaction.query_all(&select).await?;
    there.iter().map(|row| read(key, row)).collect()
}

fn values<'a>(columns: &'a [Column], row: &'a Row) -> impl Iterator<Item = Expr> + 'a {
    let cells = columns.iter().zip(row.0.iter().cloned());
    cells.map(|(column, cell)| Expr::value(value(column.kind, cell)))
}
