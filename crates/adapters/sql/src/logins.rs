//! Logins in one transaction.

use std::collections::BTreeSet;

use async_trait::async_trait;
use wxlogin_domain::account::{LoginOutcome, LoginRecord, UnitOfWork};
use wxlogin_domain::ports::StoreError;

use crate::account::{self, Loaded};
use crate::connections::Connections;
use crate::error::Failure;
use crate::lane::Batch;
use crate::transaction::Transaction;

/// Records logins: see the domain's `account/log_in.rs`.
pub(crate) struct Logins;

#[async_trait]
impl Batch for Logins {
    type Request = LoginRecord;
    type Outcome = LoginOutcome;

    async fn run(
        transaction: &Transaction,
        logins: &[LoginRecord],
        again: bool,
    ) -> Result<Vec<Option<LoginOutcome>>, Failure> {
        let mut unit = if again { UnitOfWork::repeating() } else { UnitOfWork::default() };
        let mut loaded = Loaded::default();
        let identities = logins.iter().map(|login| login.identity.clone()).collect::<BTreeSet<_>>();
        let locked =
            account::load_identities(transaction, identities, &mut unit, &mut loaded).await?;
        if locked.is_empty() {
            let outcomes = account::run(transaction, logins, unit, loaded).await?;
            return Ok(outcomes.into_iter().map(Some).collect());
        }
        let is_free = |login: &&LoginRecord| !locked.contains(&login.identity);
        let free = logins.iter().filter(is_free).cloned().collect::<Vec<_>>();
        let mut outcomes =
            account::run(transaction, free.as_slice(), unit, loaded).await?.into_iter();
        let outcome = |login| is_free(&login).then(|| outcomes.next()).flatten();
        Ok(logins.iter().map(outcome).collect())
    }

    async fn run_alone(
        connections: &Connections,
        login: &LoginRecord,
    ) -> Result<LoginOutcome, StoreError> {
        let recorded = connections.write(login, |transaction, login| {
            Box::pin(async {
                let login = std::slice::from_ref(login);
                // It may have been part of a batch whose answer was lost.
                let (unit, loaded) = (UnitOfWork::repeating(), Loaded::default());
                let outcome = account::run(transaction, login, unit, loaded).await?.pop();
                outcome.ok_or_else(|| Failure::Unexpected("a login has no outcome".into()))
            })
        });
        recorded.await
    }
}
