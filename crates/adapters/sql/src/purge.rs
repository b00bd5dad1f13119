//! Removes expired rows, a limited number at a time.

use futures_util::future::BoxFuture;
use sea_orm::sea_query::{Expr, Value};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, TryGetable};
use uuid::Uuid;
use wxlogin_domain::model::Timestamp;
use wxlogin_domain::ports::{Purged, StoreError};

use crate::connections::Connections;
use crate::entity::{revocation, session};
use crate::error::Failure;
use crate::transaction::Transaction;

/// How many rows one transaction removes.
const ROWS: usize = 500;

impl Connections {
    pub(crate) async fn purge_expired(
        &self,
        now: Timestamp,
        replays_before: Timestamp,
        limit: u32,
    ) -> Result<Purged, StoreError> {
        let expired = session::Column::ExpiresAt.lte(now.as_millis());
        // SQLite uses the index for `> ''`, and not for `IS NOT NULL`.
        let old = Condition::all()
            .add(session::Column::ReplayTag.gt(Vec::<u8>::new()))
            .add(session::Column::CreatedAt.lt(replays_before.as_millis()));
        let forgotten = revocation::Column::Until.lte(now.as_millis());
        Ok(Purged {
            sessions: self
                .remove::<session::Entity, Uuid>(
                    session::Column::Id,
                    Condition::all().add(expired),
                    limit,
                    |transaction, these| Box::pin(delete::<session::Entity>(transaction, these)),
                )
                .await?,
            replays: self
                .remove::<session::Entity, Uuid>(
                    session::Column::Id,
                    old,
                    limit,
                    |transaction, these| Box::pin(forget_replays(transaction, these)),
                )
                .await?,
            revocations: self
                .remove::<revocation::Entity, Uuid>(
                    revocation::Column::Subject,
                    Condition::all().add(forgotten),
                    limit,
                    |transaction, these| Box::pin(delete::<revocation::Entity>(transaction, these)),
                )
                .await?,
        })
    }

    /// Finds the rows by reading, so that no lock is taken when there are none. The deletion checks
    /// the condition again, because a session may have been refreshed meanwhile.
    pub(crate) async fn remove<E: EntityTrait, K: TryGetable + Ord + Clone + Into<Value> + Sync>(
        &self,
        id: E::Column,
        condition: Condition,
        limit: u32,
        work: impl for<'a> Fn(&'a Transaction, &'a Condition) -> BoxFuture<'a, Result<u64, Failure>>
        + Sync,
    ) -> Result<u64, StoreError> {
        let found = E::find()
            .select_only()
            .column(id)
            .filter(condition.clone())
            .limit(u64::from(limit))
            .into_tuple::<K>()
            .all(self.reader());
        let mut ids = self.read(found).await?;
        // Sorted, so that two instances that remove the same rows do not deadlock.
        ids.sort_unstable();
        let mut removed = 0;
        for ids in ids.chunks(ROWS) {
            let these = condition.clone().add(id.is_in(ids.iter().cloned()));
            removed += self.write(&these, &work).await?;
        }
        Ok(removed)
    }
}

pub(crate) async fn delete<E: EntityTrait>(
    transaction: &Transaction,
    these: &Condition,
) -> Result<u64, Failure> {
    Ok(E::delete_many().filter(these.clone()).exec(transaction).await?.rows_affected)
}

async fn forget_replays(transaction: &Transaction, these: &Condition) -> Result<u64, Failure> {
    let forgotten = session::Entity::update_many()
        .col_expr(session::Column::ReplayTag, Expr::value(None::<Vec<u8>>))
        .col_expr(session::Column::ReplayFingerprint, Expr::value(None::<Vec<u8>>))
        .filter(these.clone())
        .exec(transaction)
        .await?;
    Ok(forgotten.rows_affected)
}
