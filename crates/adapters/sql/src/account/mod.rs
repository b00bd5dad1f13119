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

pub(crate) use self::load::load_identities;
pub(crate) use self::rows::{Loaded, padded};
pub(crate) use self::save::update;
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
        Box::pin(run(transaction, command, UnitOfWork::default(), Loaded::default()))
    });
    written.await
}

/// Runs a command in this transaction, on a unit of work into which nothing is loaded but `loaded`.
pub(crate) async fn run<C: Command + ?Sized>(
    transaction: &Transaction,
    command: &C,
    mut unit: UnitOfWork,
    mut loaded: Loaded,
) -> Result<C::Outcome, Failure> {
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
