//! Runs the domain's commands on accounts: loads and locks the rows that a command asks for, lets it
//! decide, and saves what it has changed.
//!
//! New rows are plain inserts. Should another instance have written one of them in between, the
//! insert fails, the whole transaction starts over and now finds it. Rows that exist are locked
//! from the moment they are read, so a ban cannot come between reading a status and the commit.

mod load;
mod rows;
mod save;

use wxlogin_domain::account::{Command, UnitOfWork};
use wxlogin_domain::ports::StoreError;

use self::rows::Loaded;
use crate::connections::Connections;
use crate::error::Failure;
use crate::transaction::Transaction;

/// Runs a command in a transaction of its own.
pub(crate) async fn run_alone<C>(
    connections: &Connections,
    command: &C,
) -> Result<C::Outcome, StoreError>
where
    C: Command + Sync,
    C::Outcome: Send,
{
    let written = connections.write(command, |transaction, command| {
        Box::pin(run(transaction, command, UnitOfWork::default()))
    });
    written.await
}

/// Runs a command in this transaction, on an empty unit of work.
pub(crate) async fn run<C: Command + ?Sized>(
    transaction: &Transaction,
    command: &C,
    mut unit: UnitOfWork,
) -> Result<C::Outcome, Failure> {
    let mut loaded = Loaded::default();
    loop {
        let keys = unit.missing(command);
        if keys.is_empty() {
            break;
        }
        load::load(transaction, keys, &mut unit, &mut loaded).await?;
    }
    let outcome = command.apply(&mut unit)?;
    save::save(transaction, unit.into_changes(), &loaded).await?;
    Ok(outcome)
}
