use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use wxlogin_domain::ports::{Replacement, Table};

use super::cell::value;
use crate::error::Failure;
use crate::transaction::Transaction;

/// Replaces those of the values that are still what was read.
pub(super) async fn replace(
    transaction: &Transaction,
    table: &Table,
    replacements: &[Replacement],
) -> Result<(), Failure> {
    for it in replacements {
        let mut update = Query::update();
        update.table(table.name).value(it.column, it.to.clone());
        if let Some((column, tag)) = it.tag {
            update.value(column, tag.0.to_vec());
        }
        for (column, cell) in table.columns.iter().zip(&it.key) {
            update.and_where(Expr::col(column.name).eq(value(column.kind, cell.clone())));
        }
        update.and_where(Expr::col(it.column).eq(it.from.clone()));
        transaction.execute(&update).await?;
    }
    Ok(())
}
