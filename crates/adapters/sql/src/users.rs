//! Rows of users, and what operators change about them.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel,
    QueryFilter, QuerySelect,
};
use uuid::Uuid;
use wxlogin_domain::model::UserStatus;
use wxlogin_domain::ports::UserChange;

use crate::audit::write_events;
use crate::entity::{tombstone, user};
use crate::error::Failure;
use crate::revocations::revoke_where;
use crate::sessions::{delete_sessions, sessions_of};
use crate::transaction::Transaction;

/// The user with this id or, for one who was merged, whom they are now.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    mut id: Uuid,
) -> Result<Option<user::Model>, DbErr> {
    while let Some(row) = user::Entity::find_by_id(id).one(db).await? {
        match row.merged_into {
            Some(winner) => id = winner,
            None => return Ok(Some(row)),
        }
    }
    Ok(None)
}

/// The user's row. Whoever holds it comes wholly before or wholly after any login, refresh, ban or
/// merge of the user.
pub(crate) async fn lock(
    transaction: &Transaction,
    id: Uuid,
) -> Result<Option<user::Model>, DbErr> {
    let row = lock_row(transaction, id).await?;
    Ok(row.filter(|row| row.merged_into.is_none()))
}

/// The user's row, or what is left of a user who was merged.
pub(crate) async fn lock_row(
    transaction: &Transaction,
    id: Uuid,
) -> Result<Option<user::Model>, DbErr> {
    user::Entity::find_by_id(id).lock_exclusive().one(transaction).await
}

/// The row of the user whom an id means by now.
pub(crate) async fn lock_meant(
    transaction: &Transaction,
    mut id: Uuid,
) -> Result<Option<user::Model>, DbErr> {
    while let Some(row) = lock_row(transaction, id).await? {
        match row.merged_into {
            Some(winner) => id = winner,
            None => return Ok(Some(row)),
        }
    }
    Ok(None)
}

/// Writes every column of a row that is there.
pub(crate) async fn update(
    transaction: &Transaction,
    row: user::Model,
) -> Result<user::Model, DbErr> {
    row.clone().into_active_model().reset_all().update(transaction).await?;
    Ok(row)
}

pub(crate) async fn change_user(
    transaction: &Transaction,
    change: &UserChange,
) -> Result<Option<user::Model>, Failure> {
    let id = change.user_id.as_uuid();
    let row = lock(transaction, id).await?;
    let is_lifted = change.status == Some(UserStatus::Active) && lift_ban(transaction, id).await?;
    let Some(mut row) = row else {
        if is_lifted {
            write_events(transaction, &change.events).await?;
        }
        return Ok(None);
    };
    match change.status {
        Some(UserStatus::Disabled) => {
            revoke_where(transaction, sessions_of(id), change.tokens_until).await?;
        }
        Some(UserStatus::Active) if row.status != UserStatus::Active.code() => {
            delete_sessions(transaction, sessions_of(id)).await?;
        }
        Some(UserStatus::Active) | None => {}
    }
    row.status = change.status.map_or(row.status, UserStatus::code);
    row.user_type = change.user_type.map_or(row.user_type, |user_type| user_type.0);
    row.updated_at = change.now.as_millis();
    write_events(transaction, &change.events).await?;
    Ok(Some(update(transaction, row).await?))
}

/// Forgets that a user who is gone, or an identity that is, was shut out. Whether there was anything
/// to forget.
async fn lift_ban(transaction: &Transaction, id: Uuid) -> Result<bool, DbErr> {
    let lifted = tombstone::Entity::delete_many()
        .filter(tombstone::Column::UserId.eq(id))
        .exec(transaction)
        .await?;
    Ok(lifted.rows_affected > 0)
}
