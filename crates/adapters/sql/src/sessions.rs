use async_trait::async_trait;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;
use wxlogin_domain::model::{AuditEvent, Session, SessionId, Timestamp, UserId, UserStatus};
use wxlogin_domain::ports::{
    EndSessions, Ending, KeyedTag, Purged, Replayed, RevocationFeed, Rotation, RotationOutcome,
    SessionStore, StoreError,
};

use crate::audit::write_events;
use crate::convert;
use crate::database::Connections;
use crate::entity::{session, user};
use crate::error::Failure;
use crate::revocations::{self, revoke_where};
use crate::transaction::Transaction;
use crate::users;

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
        let found = found.and_then(|(session, user)| Some((user?, session)));
        found.map(|(user, session)| convert::replayed(user, session)).transpose()
    }

    async fn list_sessions(&self, user_id: UserId) -> Result<Vec<Session>, StoreError> {
        let rows = session::Entity::find()
            .filter(sessions_of(user_id.as_uuid()))
            .order_by_desc(session::Column::LastUsedAt)
            .order_by_desc(session::Column::Id)
            .all(self.reader());
        self.read(rows).await?.into_iter().map(convert::session).collect()
    }

    async fn rotate(&self, rotation: Rotation) -> Result<RotationOutcome, StoreError> {
        self.write(&rotation, |transaction, rotation| Box::pin(rotate(transaction, rotation))).await
    }

    async fn end_sessions(&self, end: EndSessions) -> Result<u64, StoreError> {
        let ended =
            self.write(&end, |transaction, end| Box::pin(end_sessions(transaction, end))).await?;
        Ok(u64::try_from(ended).unwrap_or(u64::MAX))
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
        self.remove_what_is_over(now, replays_before, limit).await
    }
}

/// The user's sessions.
pub(crate) fn sessions_of(id: Uuid) -> Condition {
    Condition::all().add(session::Column::UserId.eq(id))
}

/// Removes the sessions that a condition holds for.
pub(crate) async fn delete_sessions(
    transaction: &Transaction,
    condition: Condition,
) -> Result<(), DbErr> {
    session::Entity::delete_many().filter(condition).exec(transaction).await?;
    Ok(())
}

async fn rotate(
    transaction: &Transaction,
    rotation: &Rotation,
) -> Result<RotationOutcome, Failure> {
    let id = rotation.session_id.as_uuid();
    let found = session::Entity::find_by_id(id).one(transaction).await?;
    let Some(found) = found else { return Ok(RotationOutcome::Gone) };
    let user = users::lock_row(transaction, found.user_id).await?;
    let Some(user) = user else { return Ok(RotationOutcome::Gone) };
    if user.merged_into.is_some() {
        // Meanwhile the session is another user's, and is found there from the start.
        return Err(Failure::Conflict);
    }
    let user = convert::user(user)?;
    if user.status == UserStatus::Disabled {
        return Ok(RotationOutcome::Disabled);
    }
    let rotated = session::Entity::update_many()
        .col_expr(session::Column::Generation, Expr::value(i64::from(rotation.from.next().0)))
        .col_expr(session::Column::LastUsedAt, Expr::value(rotation.now.as_millis()))
        .col_expr(session::Column::ExpiresAt, Expr::value(rotation.expires_at.as_millis()))
        .filter(session::Column::Id.eq(id))
        .filter(session::Column::Generation.eq(i64::from(rotation.from.0)))
        .exec(transaction)
        .await?;
    let stored = session::Entity::find_by_id(id).one(transaction).await?;
    let Some(stored) = stored else { return Ok(RotationOutcome::Gone) };
    let session = convert::session(stored)?;
    if rotated.rows_affected > 0 {
        Ok(RotationOutcome::Rotated { user, session })
    } else {
        Ok(RotationOutcome::Moved { user, session })
    }
}

async fn end_sessions(transaction: &Transaction, end: &EndSessions) -> Result<usize, Failure> {
    let user = users::lock_meant(transaction, end.user_id.as_uuid()).await?;
    let Some(user) = user else { return Ok(0) };
    let which = sessions_of(user.id).add(match end.ending {
        Ending::One(id) => session::Column::Id.eq(id.as_uuid()),
        Ending::AllBut(id) => session::Column::Id.ne(id.as_uuid()),
    });
    let ended = revoke_where(transaction, which.clone(), end.tokens_until).await?;
    if ended > 0 {
        delete_sessions(transaction, which).await?;
        let user_id = UserId::from_uuid(user.id);
        let event = end.event.clone().map(|event| AuditEvent { user_id, ..event });
        write_events(transaction, event.as_slice()).await?;
    }
    Ok(ended)
}
