//! Erasing an account, in one transaction.

use std::collections::BTreeSet;

use sea_orm::sea_query::{Condition, Expr, OnConflict};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;
use wxlogin_domain::model::{Timestamp, UserStatus};
use wxlogin_domain::ports::{Erasure, ErasureStep};

use crate::audit::write_events;
use crate::entity::{identity, identity_conflict, tombstone, union_id, user};
use crate::error::Failure;
use crate::revocations::revoke_where;
use crate::sessions::{delete_sessions, sessions_of};
use crate::users;

pub(crate) async fn erase(
    transaction: &DatabaseTransaction,
    erasure: &Erasure,
) -> Result<bool, Failure> {
    let id = erasure.user_id.as_uuid();
    lock_names(transaction, id).await?;
    let Some(mut row) = users::lock(transaction, id).await? else { return Ok(false) };
    let now = erasure.event.at;
    let is_due = row.erase_at.is_some_and(|at| at <= now.as_millis());
    match erasure.step {
        ErasureStep::CompleteIfDue if !is_due => return Ok(false),
        ErasureStep::Complete | ErasureStep::CompleteIfDue => {
            if row.status == UserStatus::Disabled.code() {
                bury(transaction, id, now).await?;
            }
            remove(transaction, id).await?;
        }
        ErasureStep::Schedule(at) => {
            row.erase_at = Some(at.as_millis());
            users::update(transaction, row).await?;
            forget_session_keys(transaction, id).await?;
        }
    }
    revoke_where(transaction, sessions_of(id), erasure.tokens_until).await?;
    delete_sessions(transaction, sessions_of(id)).await?;
    write_events(transaction, std::slice::from_ref(&erasure.event)).await?;
    Ok(true)
}

/// Locks identities and unionids before the user, as a login does. One that a login adds meanwhile
/// is found afterwards: it cannot be added once the user is locked.
async fn lock_names(transaction: &DatabaseTransaction, id: Uuid) -> Result<(), DbErr> {
    identity::Entity::find()
        .filter(identity::Column::UserId.eq(id))
        .order_by_asc(identity::Column::AppId)
        .order_by_asc(identity::Column::OpenId)
        .lock_exclusive()
        .all(transaction)
        .await?;
    union_id::Entity::find()
        .filter(union_id::Column::UserId.eq(id))
        .order_by_asc(union_id::Column::UnionId)
        .lock_exclusive()
        .all(transaction)
        .await?;
    Ok(())
}

/// Remembers who is shut out.
async fn bury(transaction: &DatabaseTransaction, id: Uuid, now: Timestamp) -> Result<(), DbErr> {
    let identities =
        identity::Entity::find().filter(identity::Column::UserId.eq(id)).all(transaction).await?;
    let union_ids =
        union_id::Entity::find().filter(union_id::Column::UserId.eq(id)).all(transaction).await?;
    let tags = identities.into_iter().map(|row| row.tombstone);
    let tags = tags.chain(union_ids.into_iter().map(|row| row.tombstone));
    let rows = tags.collect::<BTreeSet<_>>().into_iter().map(|tag| {
        let row = tombstone::Model { tag, user_id: id, created_at: now.as_millis() };
        row.into_active_model()
    });
    let rows = rows.collect::<Vec<_>>();
    if rows.is_empty() {
        return Ok(());
    }
    tombstone::Entity::insert_many(rows)
        .on_conflict(
            OnConflict::column(tombstone::Column::Tag)
                .update_columns([tombstone::Column::UserId, tombstone::Column::CreatedAt])
                .to_owned(),
        )
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

async fn remove(transaction: &DatabaseTransaction, id: Uuid) -> Result<(), DbErr> {
    identity::Entity::delete_many()
        .filter(identity::Column::UserId.eq(id))
        .exec(transaction)
        .await?;
    union_id::Entity::delete_many()
        .filter(union_id::Column::UserId.eq(id))
        .exec(transaction)
        .await?;
    let named = Condition::any()
        .add(identity_conflict::Column::UserId.eq(id))
        .add(identity_conflict::Column::OwnerId.eq(id));
    identity_conflict::Entity::delete_many().filter(named).exec(transaction).await?;
    user::Entity::delete_by_id(id).exec(transaction).await?;
    Ok(())
}

async fn forget_session_keys(transaction: &DatabaseTransaction, id: Uuid) -> Result<(), DbErr> {
    identity::Entity::update_many()
        .col_expr(identity::Column::SessionKey, Expr::value(None::<Vec<u8>>))
        .col_expr(identity::Column::SessionKeyTag, Expr::value(None::<Vec<u8>>))
        .col_expr(identity::Column::SessionKeyAt, Expr::value(None::<i64>))
        .filter(identity::Column::UserId.eq(id))
        .exec(transaction)
        .await?;
    Ok(())
}
