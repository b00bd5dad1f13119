//! Leases: which instance runs a task that only one at a time should run.

use std::time::Duration;

use sea_orm::sea_query::{Condition, Expr, ExprTrait, OnConflict, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::database_time;
use crate::entity::lease::{Column, Entity};
use crate::error::Failure;
use crate::transaction::Transaction;

/// A task, the instance that asks for it, and for how long.
pub(crate) struct Lease {
    pub(crate) task: &'static str,
    pub(crate) holder: Uuid,
    pub(crate) lasts: Duration,
}

/// Takes the lease if it is free, has ended or belongs to the same holder already.
///
/// Of two instances that find no row of the task, the later insert fails, starts over and finds it.
pub(crate) async fn take(transaction: &Transaction, lease: &Lease) -> Result<bool, Failure> {
    let now = database_time::now(transaction.get_database_backend());
    let lasts = i64::try_from(lease.lasts.as_millis()).unwrap_or(i64::MAX);
    let until = now.clone().add(lasts);
    let is_free = Condition::any()
        .add(Column::Holder.eq(lease.holder))
        .add(Expr::col(Column::Until).lte(now));
    let taken = Entity::update_many()
        .col_expr(Column::Holder, Expr::value(lease.holder))
        .col_expr(Column::Until, until.clone())
        .filter(Column::Task.eq(lease.task))
        .filter(is_free)
        .exec(transaction)
        .await?;
    if taken.rows_affected > 0 {
        return Ok(true);
    }
    if Entity::find_by_id(lease.task).one(transaction).await?.is_some() {
        return Ok(false);
    }
    let mut insert = Query::insert();
    insert.into_table(Entity).columns([Column::Task, Column::Holder, Column::Until]).values([
        lease.task.into(),
        lease.holder.into(),
        until,
    ])?;
    transaction.execute(&insert).await?;
    Ok(true)
}

/// Waits until no other transaction has done this with the same name, and makes others wait until this one
/// has ended.
pub(crate) async fn wait(transaction: &Transaction, name: &'static str) -> Result<(), Failure> {
    let mut insert = Query::insert();
    insert
        .into_table(Entity)
        .columns([Column::Task, Column::Holder, Column::Until])
        .values([name.into(), Uuid::nil().into(), 0_i64.into()])?
        .on_conflict(OnConflict::column(Column::Task).update_column(Column::Until).to_owned());
    transaction.execute(&insert).await?;
    Ok(())
}

/// Inserts a row and deletes it again, which shows whether the database accepts writes. Each instance
/// has a row of its own, so that none waits for another.
pub(crate) async fn probe(transaction: &Transaction) -> Result<(), Failure> {
    let task = match transaction.get_database_backend() {
        DbBackend::MySql => Expr::cust("CONCAT('probe.', CONNECTION_ID())"),
        DbBackend::Postgres => Expr::cust("'probe.' || pg_backend_pid()"),
        // Fills as many pages as a login writes. A small row would fit into a page that exists.
        _ => Expr::value("probe.".repeat(2500)),
    };
    let mut insert = Query::insert();
    insert.into_table(Entity).columns([Column::Task, Column::Holder, Column::Until]).values([
        task.clone(),
        Uuid::nil().into(),
        0_i64.into(),
    ])?;
    transaction.execute(&insert).await?;
    Entity::delete_many().filter(Expr::col(Column::Task).eq(task)).exec(transaction).await?;
    Ok(())
}
