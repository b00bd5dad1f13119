//! As whom WeChat knows users.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;
use wxlogin_domain::model::{IdentityKey, Timestamp};
use wxlogin_domain::ports::{KeyedTag, SealedSessionKey};

use crate::entity::{identity, union_id};
use crate::error::Failure;
use crate::transaction::Transaction;

/// The primary key of an identity.
pub(crate) fn key_of(identity: &IdentityKey) -> (String, String) {
    (identity.app_id.as_str().to_owned(), identity.open_id.as_str().to_owned())
}

/// Locks a user's identities and unionids before the user, as a login does. One that a login adds
/// meanwhile is found afterwards: it cannot be added once the user is locked.
pub(crate) async fn lock_names(transaction: &Transaction, id: Uuid) -> Result<(), DbErr> {
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

/// A session key that takes the place of another.
pub(crate) struct KeyReplacement {
    pub(crate) identity: IdentityKey,
    pub(crate) replaces: KeyedTag,
    pub(crate) key: SealedSessionKey,
    pub(crate) now: Timestamp,
}

pub(crate) async fn replace_session_key(
    transaction: &Transaction,
    replacement: &KeyReplacement,
) -> Result<bool, Failure> {
    let KeyReplacement { identity, replaces, key, now } = replacement;
    let (app_id, open_id) = key_of(identity);
    let this = Condition::all()
        .add(identity::Column::AppId.eq(app_id))
        .add(identity::Column::OpenId.eq(open_id));
    let replaced = identity::Entity::update_many()
        .col_expr(identity::Column::SessionKey, Expr::value(key.sealed.0.clone()))
        .col_expr(identity::Column::SessionKeyTag, Expr::value(key.tag.0.to_vec()))
        .col_expr(identity::Column::SessionKeyAt, Expr::value(now.as_millis()))
        .col_expr(identity::Column::PreviousSessionKey, Expr::value(None::<Vec<u8>>))
        .col_expr(identity::Column::PreviousSessionKeyUntil, Expr::value(None::<i64>))
        .filter(this.clone().add(identity::Column::SessionKeyTag.eq(replaces.0.to_vec())))
        .exec(transaction)
        .await?;
    if replaced.rows_affected > 0 {
        return Ok(true);
    }
    // Perhaps because this is a repetition: no key is sealed to the same bytes twice.
    let same = this.add(identity::Column::SessionKey.eq(key.sealed.0.clone()));
    Ok(identity::Entity::find().filter(same).one(transaction).await?.is_some())
}
