//! Making two users one, in one transaction.

use std::collections::BTreeMap;

use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;
use wxlogin_domain::model::UserStatus;
use wxlogin_domain::ports::{Merge, MergeOutcome};

use crate::audit::{find_written, write_events};
use crate::convert;
use crate::entity::{identity, identity_conflict, session, tombstone, union_id, user};
use crate::error::Failure;
use crate::identities::lock_names;
use crate::revocations::{revoke, revoke_where};
use crate::sessions::sessions_of;
use crate::transaction::Transaction;
use crate::users;

pub(crate) async fn merge(
    transaction: &Transaction,
    merge: &Merge,
) -> Result<MergeOutcome, Failure> {
    let (winner_id, loser_id) = (merge.winner.as_uuid(), merge.loser.as_uuid());
    lock_names(transaction, loser_id).await?;
    let mut rows = lock_both(transaction, [winner_id, loser_id]).await?;
    let winner = rows.remove(&winner_id).filter(|row| row.merged_into.is_none());
    let (Some(mut winner), Some(mut loser)) = (winner, rows.remove(&loser_id)) else {
        return Ok(MergeOutcome::NotTwo);
    };
    if loser.merged_into.is_some() {
        // Perhaps because this is a repetition.
        let is_done = loser.merged_into == Some(winner_id)
            && find_written(transaction, &merge.event).await?.is_some();
        let merged = is_done.then(|| convert::user(winner).map(MergeOutcome::Merged));
        return Ok(merged.transpose()?.unwrap_or(MergeOutcome::NotTwo));
    }
    let wanted = loser.phone_tag.as_deref().filter(|_| winner.phone_tag.is_none());
    if merge.phone.as_ref().map(|phone| phone.tag.0.as_slice()) != wanted {
        return Ok(MergeOutcome::Moved);
    }
    join(&mut winner, &mut loser, merge);
    // The loser first: no two rows have the same old id or number.
    users::update(transaction, loser).await?;
    let winner = users::update(transaction, winner).await?;
    hand_over(transaction, loser_id, winner_id).await?;
    settle_conflicts(transaction, loser_id, winner_id).await?;
    revoke(transaction, &[(loser_id, merge.tokens_until)]).await?;
    if winner.status == UserStatus::Disabled.code() {
        revoke_where(transaction, sessions_of(winner_id), merge.tokens_until).await?;
    }
    write_events(transaction, &[merge.event.clone(), merge.loser_event.clone()]).await?;
    Ok(MergeOutcome::Merged(convert::user(winner)?))
}

/// In the order in which logins lock users.
async fn lock_both(
    transaction: &Transaction,
    ids: [Uuid; 2],
) -> Result<BTreeMap<Uuid, user::Model>, DbErr> {
    let rows = user::Entity::find()
        .filter(user::Column::Id.is_in(ids))
        .order_by_asc(user::Column::Id)
        .lock_exclusive()
        .all(transaction)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

fn join(winner: &mut user::Model, loser: &mut user::Model, merge: &Merge) {
    let at = merge.event.at.as_millis();
    let (nickname, avatar_url) = (loser.nickname.take(), loser.avatar_url.take());
    winner.nickname = winner.nickname.take().or(nickname);
    winner.avatar_url = winner.avatar_url.take().or(avatar_url);
    // An old id that finds no place stays known as the person's.
    if winner.legacy_id.is_none() {
        winner.legacy_id = loser.legacy_id.take();
    }
    if let Some(phone) = &merge.phone {
        winner.phone = Some(phone.sealed.0.clone());
        winner.phone_tag = Some(phone.tag.0.to_vec());
    }
    (loser.phone, loser.phone_tag) = (None, None);
    winner.created_at = winner.created_at.min(loser.created_at);
    winner.last_login_at = winner.last_login_at.max(loser.last_login_at);
    if [winner.status, loser.status].contains(&UserStatus::Disabled.code()) {
        winner.status = UserStatus::Disabled.code();
    }
    loser.status = winner.status;
    loser.merged_into = Some(winner.id);
    for row in [winner, loser] {
        row.updated_at = at;
        row.erase_at = None;
    }
}

/// Gives the winner what was the loser's.
async fn hand_over(transaction: &Transaction, loser: Uuid, winner: Uuid) -> Result<(), DbErr> {
    identity::Entity::update_many()
        .col_expr(identity::Column::UserId, Expr::value(winner))
        .filter(identity::Column::UserId.eq(loser))
        .exec(transaction)
        .await?;
    union_id::Entity::update_many()
        .col_expr(union_id::Column::UserId, Expr::value(winner))
        .filter(union_id::Column::UserId.eq(loser))
        .exec(transaction)
        .await?;
    session::Entity::update_many()
        .col_expr(session::Column::UserId, Expr::value(winner))
        .filter(sessions_of(loser))
        .exec(transaction)
        .await?;
    tombstone::Entity::update_many()
        .col_expr(tombstone::Column::UserId, Expr::value(winner))
        .filter(tombstone::Column::UserId.eq(loser))
        .exec(transaction)
        .await?;
    Ok(())
}

async fn settle_conflicts(
    transaction: &Transaction,
    loser: Uuid,
    winner: Uuid,
) -> Result<(), DbErr> {
    let both = [loser, winner];
    let between = Condition::all()
        .add(identity_conflict::Column::UserId.is_in(both))
        .add(identity_conflict::Column::OwnerId.is_in(both));
    identity_conflict::Entity::delete_many().filter(between).exec(transaction).await?;
    for column in [identity_conflict::Column::UserId, identity_conflict::Column::OwnerId] {
        identity_conflict::Entity::update_many()
            .col_expr(column, Expr::value(winner))
            .filter(column.eq(loser))
            .exec(transaction)
            .await?;
    }
    Ok(())
}
