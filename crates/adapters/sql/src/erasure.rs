//! Erasing an account or an identity, in one transaction.

use std::collections::BTreeSet;

use sea_orm::sea_query::{Condition, Expr, OnConflict};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};
use uuid::Uuid;
use wxlogin_domain::model::{AuditEvent, Timestamp, UserId, UserStatus};
use wxlogin_domain::ports::{Erasure, ErasureStep, IdentityErasure};

use crate::audit::{find_written, write_events};
use crate::entity::{identity, identity_conflict, session, tombstone, union_id, user};
use crate::error::Failure;
use crate::identities::{key_of, lock_names};
use crate::revocations::revoke_where;
use crate::sessions::{delete_sessions, sessions_of};
use crate::transaction::Transaction;
use crate::users;

pub(crate) async fn erase(transaction: &Transaction, erasure: &Erasure) -> Result<bool, Failure> {
    let id = erasure.user_id.as_uuid();
    lock_names(transaction, id).await?;
    let Some(mut row) = users::lock(transaction, id).await? else { return Ok(false) };
    let now = erasure.event.at;
    let is_due = row.erase_at.is_some_and(|at| at <= now.as_millis());
    match erasure.step {
        ErasureStep::CompleteIfDue if !is_due => return Ok(false),
        ErasureStep::Complete | ErasureStep::CompleteIfDue => {
            if row.status == UserStatus::Disabled.code() {
                bury(transaction, id, tags_of(transaction, id).await?, now).await?;
            }
            remove(transaction, id).await?;
        }
        ErasureStep::Schedule(at) => {
            row.erase_at = Some(at.as_millis());
            (row.phone, row.phone_tag) = (None, None);
            users::update(transaction, row).await?;
            forget_session_keys(transaction, id).await?;
        }
    }
    revoke_where(transaction, sessions_of(id), erasure.tokens_until).await?;
    delete_sessions(transaction, sessions_of(id)).await?;
    write_events(transaction, std::slice::from_ref(&erasure.event)).await?;
    Ok(true)
}

pub(crate) async fn erase_identity(
    transaction: &Transaction,
    erasure: &IdentityErasure,
) -> Result<Option<UserId>, Failure> {
    let IdentityErasure { identity: key, tokens_until, event } = erasure;
    let Some(found) = identity::Entity::find_by_id(key_of(key)).one(transaction).await? else {
        // Perhaps because this is a repetition.
        let written = find_written(transaction, event).await?;
        return Ok(written.map(|event| UserId::from_uuid(event.user_id)));
    };
    let id = found.user_id;
    lock_names(transaction, id).await?;
    // Whatever is gone or another user's by now is found there from the start.
    let user = users::lock(transaction, id).await?.ok_or(Failure::Conflict)?;
    let own = identity::Entity::find().filter(identity::Column::UserId.eq(id));
    let (this, others): (Vec<_>, Vec<_>) = own
        .all(transaction)
        .await?
        .into_iter()
        .partition(|own| (&own.app_id, &own.open_id) == (&found.app_id, &found.open_id));
    let this = this.into_iter().next().ok_or(Failure::Conflict)?;
    let user_id = UserId::from_uuid(id);
    let event = AuditEvent { user_id, ..event.clone() };
    if others.is_empty() {
        let (step, tokens_until) = (ErasureStep::Complete, *tokens_until);
        erase(transaction, &Erasure { user_id, step, tokens_until, event }).await?;
        return Ok(Some(user_id));
    }
    if user.status == UserStatus::Disabled.code() {
        bury(transaction, id, BTreeSet::from([this.tombstone.clone()]), event.at).await?;
    }
    let through = sessions_of(id)
        .add(session::Column::AppId.eq(this.app_id.as_str()))
        .add(session::Column::OpenId.eq(this.open_id.as_str()));
    remove_identity(transaction, this).await?;
    revoke_where(transaction, through.clone(), *tokens_until).await?;
    delete_sessions(transaction, through).await?;
    write_events(transaction, &[event]).await?;
    Ok(Some(user_id))
}

/// By what the user can be remembered.
async fn tags_of(transaction: &Transaction, id: Uuid) -> Result<BTreeSet<Vec<u8>>, DbErr> {
    let identities =
        identity::Entity::find().filter(identity::Column::UserId.eq(id)).all(transaction).await?;
    let union_ids =
        union_id::Entity::find().filter(union_id::Column::UserId.eq(id)).all(transaction).await?;
    let tags = identities.into_iter().map(|row| row.tombstone);
    Ok(tags.chain(union_ids.into_iter().map(|row| row.tombstone)).collect())
}

/// Remembers who is shut out.
async fn bury(
    transaction: &Transaction,
    id: Uuid,
    tags: BTreeSet<Vec<u8>>,
    now: Timestamp,
) -> Result<(), DbErr> {
    let rows = tags.into_iter().map(|tag| {
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

async fn remove(transaction: &Transaction, id: Uuid) -> Result<(), DbErr> {
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
    let mut users = merged_into(transaction, id).await?;
    users.push(id);
    user::Entity::delete_many().filter(user::Column::Id.is_in(users)).exec(transaction).await?;
    Ok(())
}

/// Who was merged into the user, directly or by way of others. Nobody else is while the user is
/// locked.
async fn merged_into(transaction: &Transaction, id: Uuid) -> Result<Vec<Uuid>, DbErr> {
    let mut losers = Vec::new();
    let mut winners = vec![id];
    while !winners.is_empty() {
        winners = user::Entity::find()
            .select_only()
            .column(user::Column::Id)
            .filter(user::Column::MergedInto.is_in(winners))
            .into_tuple()
            .all(transaction)
            .await?;
        losers.extend(&winners);
    }
    Ok(losers)
}

async fn remove_identity(
    transaction: &Transaction,
    identity: identity::Model,
) -> Result<(), DbErr> {
    identity_conflict::Entity::delete_many()
        .filter(identity_conflict::Column::AppId.eq(identity.app_id.as_str()))
        .filter(identity_conflict::Column::OpenId.eq(identity.open_id.as_str()))
        .exec(transaction)
        .await?;
    identity::Entity::delete_by_id((identity.app_id, identity.open_id)).exec(transaction).await?;
    Ok(())
}

async fn forget_session_keys(transaction: &Transaction, id: Uuid) -> Result<(), DbErr> {
    identity::Entity::update_many()
        .col_expr(identity::Column::SessionKey, Expr::value(None::<Vec<u8>>))
        .col_expr(identity::Column::SessionKeyTag, Expr::value(None::<Vec<u8>>))
        .col_expr(identity::Column::SessionKeyAt, Expr::value(None::<i64>))
        .col_expr(identity::Column::PreviousSessionKey, Expr::value(None::<Vec<u8>>))
        .col_expr(identity::Column::PreviousSessionKeyUntil, Expr::value(None::<i64>))
        .filter(identity::Column::UserId.eq(id))
        .exec(transaction)
        .await?;
    Ok(())
}
