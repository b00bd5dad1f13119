//! A batch of logins in one transaction: what they touch is read and locked with a few multi-row
//! statements, the logins are applied to it one after the other in memory, and what changed is
//! written with a few more.
//!
//! New rows are plain inserts. Should another instance have written one of them in between, the
//! insert fails, the whole transaction starts over and now finds it. Rows that exist are locked
//! from the moment they are read, so a ban cannot come between reading a status and the commit.

mod apply;
mod load;
mod row;
mod sessions;
mod store;

use wxlogin_domain::ports::{LoginOutcome, LoginRecord};

use self::apply::Working;
use crate::database::Connections;
use crate::error::Failure;
use crate::transaction::Transaction;

/// Whether a batch may have been written before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// Not by this process.
    First,
    /// Perhaps: its sessions are looked for.
    Again,
}

/// Writes the logins; when this returns, they are durable. The outcomes come in the same order.
pub(crate) async fn record(
    connections: &Connections,
    logins: &[LoginRecord],
    attempt: Attempt,
) -> Result<Vec<LoginOutcome>, Failure> {
    let transaction = connections.begin_logins().await?;
    let done = apply(&transaction, logins, attempt).await;
    transaction.finish(done).await
}

/// A list to look for, its last value repeated up to the next power of two: lists of many lengths
/// are then few different statements.
fn padded<T: Clone>(values: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut values = values.into_iter().collect::<Vec<_>>();
    if let Some(last) = values.last().cloned() {
        values.resize(values.len().next_power_of_two(), last);
    }
    values
}

async fn apply(
    transaction: &Transaction,
    logins: &[LoginRecord],
    attempt: Attempt,
) -> Result<Vec<LoginOutcome>, Failure> {
    let mut working = Working::load(transaction, logins, attempt).await?;
    let outcomes = logins.iter().map(|login| working.apply(login)).collect::<Result<_, _>>()?;
    working.store(transaction).await?;
    Ok(outcomes)
}
