//! What is changed about a user.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel,
    QueryFilter, QuerySelect,
};
use uuid::Uuid;
use wxlogin_domain::model::{Profile, Timestamp, UserId, UserStatus};
use wxlogin_domain::ports::UserChange;

use crate::audit::write_events;
use crate::entity::{tombstone, user};
use crate::error::Failure;
use crate::revocations::revoke_where;
use crate::sessions::{delete_sessions, sessions_of};

/// The user's row. Whoever holds it comes wholly before or wholly after any login, refresh or ban
/// of the user.
pub(crate) async fn lock(
    transaction: &DatabaseTransaction,
    id: Uuid,
) -> Result<Option<user::Model>, DbErr> {
    user::Entity::find_by_id(id).lock_exclusive().one(transaction).await
}

/// Writes every column of a row that is there.
pub(crate) async fn update(
    transaction: &DatabaseTransaction,
    row: user::Model,
) -> Result<user::Model, DbErr> {
    row.clone().into_active_model().reset_all().update(transaction).await?;
    Ok(row)
}

/// A profile to store, and when.
pub(crate) struct ProfileChange {
    pub(crate) user_id: UserId,
    pub(crate) profile: Profile,
    pub(crate) now: Timestamp,
}

pub(crate) async fn change_profile(
    transaction: &DatabaseTransaction,
    change: &ProfileChange,
) -> Result<Option<user::Model>, Failure> {
    let Some(mut row) = lock(transaction, change.user_id.as_uuid()).await? else {
        return Ok(None);
    };
    if let Some(nickname) = &change.profile.nickname {
        row.nickname = Some(nickname.as_str().to_owned());
    }
    if let Some(avatar_url) = &change.profile.avatar_url {
        row.avatar_url = Some(avatar_url.as_str().to_owned());
    }
    row.updated_at = row.updated_at.max(change.now.as_millis());
    Ok(Some(update(transaction, row).await?))
}

pub(crate) async fn change_user(
    transaction: &DatabaseTransaction,
    change: &UserChange,
) -> Result<Option<user::Model>, Failure> {
    let id = change.user_id.as_uuid();
    let Some(mut row) = lock(transaction, id).await? else {
        if change.status == Some(UserStatus::Active) && lift_ban(transaction, id).await? {
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

/// Forgets that a user who is gone was shut out. Whether there was anything to forget.
async fn lift_ban(transaction: &DatabaseTransaction, id: Uuid) -> Result<bool, DbErr> {
    let lifted = tombstone::Entity::delete_many()
        .filter(tombstone::Column::UserId.eq(id))
        .exec(transaction)
        .await?;
    Ok(lifted.rows_affected > 0)
}
