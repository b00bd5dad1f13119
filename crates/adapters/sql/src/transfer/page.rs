use sea_orm::sea_query::{Condition, Expr, ExprTrait, Order, Query};
use sea_orm::{ConnectionTrait, DbErr};
use wxlogin_domain::ports::{Cell, Page, Table};

use super::cell::{read, selected, value};
use crate::engine::Engine;

/// A page of rows in the order of the key. One more row is read than the page has, which shows
/// whether there is a next page.
pub(super) async fn page(
    db: &impl ConnectionTrait,
    engine: Engine,
    table: &Table,
    after: Option<Vec<Cell>>,
    limit: u32,
) -> Result<Page, DbErr> {
    let limit = Ord::max(limit, 1);
    let mut select = Query::select();
    select
        .exprs(table.columns.iter().map(|column| selected(engine, column)))
        .from(table.name)
        .limit(u64::from(limit) + 1);
    for column in table.columns.iter().take(table.key) {
        select.order_by(column.name, Order::Asc);
    }
    if let Some(after) = after {
        select.cond_where(behind(engine, table, after));
    }
    let rows = db.query_all(&select).await?;
    let rows = rows.iter().map(|row| read(table.columns, row));
    let mut rows = rows.collect::<Result<Vec<_>, _>>()?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let are_more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| are_more);
    let next = last.map(|row| row.0.iter().take(table.key).cloned().collect());
    Ok(Page { rows, next })
}

/// The rows after a key, as a condition for which the database uses the index.
fn behind(engine: Engine, table: &Table, after: Vec<Cell>) -> Condition {
    let columns = table.columns.iter().take(table.key);
    let key = columns.zip(after).map(|(column, cell)| (column.name, value(column.kind, cell)));
    match engine {
        Engine::Sqlite | Engine::Postgres => {
            let (columns, values): (Vec<_>, Vec<_>) =
                key.map(|(column, value)| (Expr::col(column), Expr::value(value))).unzip();
            Condition::all().add(Expr::tuple(columns).gt(Expr::tuple(values)))
        }
        // It does not use the index when tuples are compared.
        Engine::MySql => {
            let mut behind = Condition::any();
            let mut same = Condition::all();
            for (column, value) in key {
                behind = behind.add(same.clone().add(Expr::col(column).gt(value.clone())));
                same = same.add(Expr::col(column).eq(value));
            }
            behind
        }
    }
}
