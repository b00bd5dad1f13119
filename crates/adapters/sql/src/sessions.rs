use async_trait::async_trait;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use wxlogin_domain::account::{EndSessions, Replayed, Rotation, RotationOutcome};
use wxlogin_domain::model::{Session, SessionId, Timestamp, UserId};
use wxlogin_domain::ports::{KeyedTag, Purged, RevocationFeed, SessionStore, StoreError};

use crate::account;
use crate::connections::Connections;
use crate::convert;
use crate::entity::{session, user};
use crate::error::Failure;
use crate::revocations;
use crate::transaction::Transaction;

#[async_trait]
impl SessionStore for Connections {
    async fn find_session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        let row = session::Entity::find_by_id(id.as_uuid()).one(self.reader());
        self.read(row).await?.map(convert::session).transpose()
    }

    async fn find_replay(&self, key: KeyedTag) -> Result<Option<Replayed>, StoreError> {
        let found = session::Entity::find()
            .filter(session::Column::ReplayTag.eq(key.0.to_vec()))
            .find_also_related(user::Entity)
            .one(self.reader());
        let found = self.read(found).await?;
        let found = found.and_then(|(session, user)| Some((session, user?)));
        let replayed = found.map(|(session, user)| convert::replayed(session, user));
        Ok(replayed.transpose()?.flatten())
    }

    async fn list_sessions(&self, user_id: UserId) -> Result<Vec<Session>, StoreError> {
        let rows = session::Entity::find()
            .filter(session::Column::UserId.eq(user_id.as_uuid()))
            .order_by_desc(session::Column::LastUsedAt)
            .order_by_desc(session::Column::Id)
            .all(self.reader());
        self.read(rows).await?.into_iter().map(convert::session).collect()
    }

    async fn rotate(&self, rotation: Rotation) -> Result<RotationOutcome, StoreError> {
        self.write(&rotation, |transaction, rotation| Box::pin(rotate(transaction, rotation))).await
    }

    async fn end_sessions(&self, end: EndSessions) -> Result<u64, StoreError> {
        account::run_alone(self, &end).await
    }

    async fn revocations(&self, since: Option<Timestamp>) -> Result<RevocationFeed, StoreError> {
        self.read(revocations::feed(self.reader(), since)).await
    }

    async fn purge(
        &self,
        now: Timestamp,
        replays_before: Timestamp,
        limit: u32,
    ) -> Result<Purged, StoreError> {
        self.purge_expired(now, replays_before, limit).await
    }
}

/// Moves a session to its next generation.
///
/// Everybody who writes a user's sessions locks the user first, so the session is read again once
/// the user is locked.
async fn rotate(
    transaction: &Transaction,
    rotation: &Rotation,
) -> Result<RotationOutcome, Failure> {
    let id = rotation.session_id.as_uuid();
    let found = session::Entity::find_by_id(id).one(transaction).await?;
    let Some(found) = found else { return Ok(RotationOutcome::Gone) };
    let user = user::Entity::find_by_id(found.user_id).lock_exclusive().one(transaction).await?;
    let Some(user) = user else { return Ok(RotationOutcome::Gone) };
    if user.merged_into.is_some() {
        // The session has become the winner's.
        return Err(Failure::Conflict);
    }
    let found = session::Entity::find_by_id(id).one(transaction).await?;
    let Some(found) = found else { return Ok(RotationOutcome::Gone) };
    let outcome = rotation.of(convert::session(found)?, convert::user(user)?);
    if let RotationOutcome::Rotated { session, .. } = &outcome {
        let rotated = session::Entity::update_many()
            .col_expr(session::Column::Generation, Expr::value(i64::from(session.generation.0)))
            .col_expr(session::Column::LastUsedAt, Expr::value(session.last_used_at.as_millis()))
            .col_expr(session::Column::ExpiresAt, Expr::value(session.expires_at.as_millis()))
            .filter(session::Column::Id.eq(id))
            .exec(transaction)
            .await?;
        if rotated.rows_affected == 0 {
            // A purge has removed it.
            return Err(Failure::Conflict);
        }
    }
    Ok(outcome)
}
