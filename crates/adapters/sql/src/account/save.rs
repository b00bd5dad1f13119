//! Writes what a command has changed.

use std::collections::BTreeMap;

use sea_orm::sea_query::{Condition, Expr, IntoCondition, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, Iterable, PrimaryKeyToColumn,
    QueryFilter,
};
use uuid::Uuid;
use wxlogin_domain::account::{
    Changes, ConflictKey, RowChanges, StoredIdentity, StoredSession, StoredUser, Tombstone,
    UnionOwner,
};
use wxlogin_domain::model::{IdentityKey, SessionId, UnionConflict, UnionId, UserId};
use wxlogin_domain::ports::KeyedTag;

use super::rows::{Loaded, differ_only_in, padded};
use crate::audit::write_events;
use crate::convert;
use crate::entity::{identity, identity_conflict, session, tombstone, union_id, user};
use crate::error::Failure;
use crate::revocations::revoke;
use crate::transaction::Transaction;

/// How many rows one statement names at most.
const NAMED: usize = 500;

/// How many rows one statement writes at most. The statement then leaves in one piece, with TLS too: of
/// two pieces, the second would wait for the server's delayed acknowledgement of the first, 40 ms.
const WRITTEN: usize = 32;

/// What a login changes of a user who is there. SQLite writes the index of every column that an
/// update names, whether its value changes or not.
const USER_AT_LOGIN: &[user::Column] = &[
    user::Column::Nickname,
    user::Column::AvatarUrl,
    user::Column::EraseAt,
    user::Column::UpdatedAt,
    user::Column::LastLoginAt,
];

/// What a login changes of an identity that is there.
const IDENTITY_AT_LOGIN: &[identity::Column] = &[
    identity::Column::UnionId,
    identity::Column::SessionKey,
    identity::Column::SessionKeyTag,
    identity::Column::SessionKeyAt,
    identity::Column::PreviousSessionKey,
    identity::Column::PreviousSessionKeyUntil,
];

/// Writes the rows of each table in turn: those that go, then those that change, then the new ones.
pub(super) async fn save(
    transaction: &Transaction,
    changes: Changes,
    loaded: &Loaded,
) -> Result<(), Failure> {
    let Changes {
        users,
        identities,
        union_owners,
        tombstones,
        conflicts,
        sessions,
        moved_sessions,
        revocations,
        events,
    } = changes;
    save_identities(transaction, identities, loaded).await?;
    save_union_owners(transaction, union_owners).await?;
    save_users(transaction, users, loaded).await?;
    save_tombstones(transaction, tombstones).await?;
    save_conflicts(transaction, conflicts).await?;
    save_sessions(transaction, sessions, moved_sessions).await?;
    let revocations = revocations.into_iter().map(|(subject, until)| (subject.as_uuid(), until));
    revoke(transaction, &revocations.collect::<Vec<_>>()).await?;
    write_events(transaction, &events).await
}

async fn save_identities(
    transaction: &Transaction,
    identities: RowChanges<IdentityKey, StoredIdentity>,
    loaded: &Loaded,
) -> Result<(), Failure> {
    let RowChanges { inserted, updated, deleted } = identities;
    for keys in deleted.chunks(NAMED) {
        let these = keys.iter().map(|key| {
            Condition::all()
                .add(identity::Column::AppId.eq(key.app_id.as_str()))
                .add(identity::Column::OpenId.eq(key.open_id.as_str()))
        });
        delete::<identity::Entity>(transaction, any_of(these)).await?;
    }
    let updated = updated.into_iter().map(convert::identity_row).collect::<Vec<_>>();
    let is_login = updated.iter().all(|row| {
        let before = loaded.identities.get(&(row.app_id.clone(), row.open_id.clone()));
        before.is_some_and(|before| differ_only_in(before, row, IDENTITY_AT_LOGIN))
    });
    let columns =
        if is_login { IDENTITY_AT_LOGIN.to_vec() } else { values_of::<identity::Entity>() };
    update::<identity::Entity>(transaction, updated, &columns).await?;
    insert::<identity::Entity>(transaction, inserted.into_iter().map(convert::identity_row)).await
}

async fn save_union_owners(
    transaction: &Transaction,
    owners: RowChanges<UnionId, UnionOwner>,
) -> Result<(), Failure> {
    let RowChanges { inserted, updated, deleted } = owners;
    for union_ids in deleted.chunks(NAMED) {
        let union_ids = padded(union_ids.iter().map(UnionId::as_str));
        delete::<union_id::Entity>(transaction, union_id::Column::UnionId.is_in(union_ids)).await?;
    }
    let updated = updated.iter().map(convert::union_owner_row).collect();
    update::<union_id::Entity>(transaction, updated, &values_of::<union_id::Entity>()).await?;
    insert::<union_id::Entity>(transaction, inserted.iter().map(convert::union_owner_row)).await
}

async fn save_users(
    transaction: &Transaction,
    users: RowChanges<UserId, StoredUser>,
    loaded: &Loaded,
) -> Result<(), Failure> {
    let RowChanges { inserted, updated, deleted } = users;
    for ids in deleted.chunks(NAMED) {
        let ids = padded(ids.iter().map(|id| id.as_uuid()));
        delete::<user::Entity>(transaction, user::Column::Id.is_in(ids)).await?;
    }
    let updated = updated.into_iter().map(convert::user_row).collect::<Vec<_>>();
    let is_login = updated.iter().all(|row| {
        let before = loaded.users.get(&row.id);
        before.is_some_and(|before| differ_only_in(before, row, USER_AT_LOGIN))
    });
    let columns = if is_login { USER_AT_LOGIN.to_vec() } else { values_of::<user::Entity>() };
    update::<user::Entity>(transaction, updated, &columns).await?;
    insert::<user::Entity>(transaction, inserted.into_iter().map(convert::user_row)).await
}

async fn save_tombstones(
    transaction: &Transaction,
    tombstones: RowChanges<KeyedTag, Tombstone>,
) -> Result<(), Failure> {
    let RowChanges { inserted, updated, deleted } = tombstones;
    for tags in deleted.chunks(NAMED) {
        let tags = padded(tags.iter().map(|tag| tag.0.to_vec()));
        delete::<tombstone::Entity>(transaction, tombstone::Column::Tag.is_in(tags)).await?;
    }
    // A new one takes the place of one that is there.
    let rows = updated.into_iter().chain(inserted).map(convert::tombstone_row).collect();
    update::<tombstone::Entity>(transaction, rows, &values_of::<tombstone::Entity>()).await
}

async fn save_conflicts(
    transaction: &Transaction,
    conflicts: RowChanges<ConflictKey, UnionConflict>,
) -> Result<(), Failure> {
    let RowChanges { inserted, updated, deleted } = conflicts;
    for keys in deleted.chunks(NAMED) {
        let these = keys.iter().map(|ConflictKey { identity, union_id }| {
            Condition::all()
                .add(identity_conflict::Column::AppId.eq(identity.app_id.as_str()))
                .add(identity_conflict::Column::OpenId.eq(identity.open_id.as_str()))
                .add(identity_conflict::Column::UnionId.eq(union_id.as_str()))
        });
        delete::<identity_conflict::Entity>(transaction, any_of(these)).await?;
    }
    let updated = updated.iter().map(convert::conflict_row).collect();
    let columns = values_of::<identity_conflict::Entity>();
    update::<identity_conflict::Entity>(transaction, updated, &columns).await?;
    let inserted = inserted.iter().map(convert::conflict_row);
    insert::<identity_conflict::Entity>(transaction, inserted).await
}

async fn save_sessions(
    transaction: &Transaction,
    sessions: RowChanges<SessionId, StoredSession>,
    moved: BTreeMap<SessionId, UserId>,
) -> Result<(), Failure> {
    let RowChanges { inserted, updated, deleted } = sessions;
    for ids in deleted.chunks(NAMED) {
        let ids = padded(ids.iter().map(|id| id.as_uuid()));
        delete::<session::Entity>(transaction, session::Column::Id.is_in(ids)).await?;
    }
    // All that changes of a session here is that it loses its replay record.
    for sessions in updated.chunks(NAMED) {
        let ids = sessions.iter().map(|stored| stored.session.id.as_uuid());
        session::Entity::update_many()
            .col_expr(session::Column::ReplayTag, Expr::value(None::<Vec<u8>>))
            .col_expr(session::Column::ReplayFingerprint, Expr::value(None::<Vec<u8>>))
            .filter(session::Column::Id.is_in(padded(ids)))
            .exec(transaction)
            .await?;
    }
    let mut moved_to = BTreeMap::<UserId, Vec<Uuid>>::new();
    for (id, user) in moved {
        moved_to.entry(user).or_default().push(id.as_uuid());
    }
    for (user, ids) in moved_to {
        for ids in ids.chunks(NAMED) {
            session::Entity::update_many()
                .col_expr(session::Column::UserId, Expr::value(user.as_uuid()))
                .filter(session::Column::Id.is_in(padded(ids.iter().copied())))
                .exec(transaction)
                .await?;
        }
    }
    insert::<session::Entity>(transaction, inserted.into_iter().map(convert::session_row)).await
}

async fn delete<E: EntityTrait>(
    transaction: &Transaction,
    these: impl IntoCondition,
) -> Result<(), Failure> {
    E::delete_many().filter(these.into_condition()).exec(transaction).await?;
    Ok(())
}

/// Writes these columns of rows that are there, in the order of the rows.
pub(crate) async fn update<E>(
    transaction: &Transaction,
    rows: Vec<E::Model>,
    columns: &[E::Column],
) -> Result<(), Failure>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel> + Clone,
{
    let keys = E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column);
    let same = OnConflict::columns(keys).update_columns(columns.iter().copied()).to_owned();
    for rows in rows.chunks(WRITTEN) {
        E::insert_many(rows.iter().cloned().map(all_columns::<E>))
            .on_conflict(same.clone())
            .exec_without_returning(transaction)
            .await?;
    }
    Ok(())
}

/// Plain inserts: a row that another instance has written meanwhile is a conflict.
async fn insert<E>(
    transaction: &Transaction,
    rows: impl Iterator<Item = E::Model>,
) -> Result<(), Failure>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
{
    let rows = rows.map(all_columns::<E>).collect::<Vec<_>>();
    for rows in rows.chunks(WRITTEN) {
        E::insert_many(rows.iter().cloned()).exec_without_returning(transaction).await?;
    }
    Ok(())
}

/// Every column set.
fn all_columns<E: EntityTrait>(row: E::Model) -> E::ActiveModel
where
    E::Model: IntoActiveModel<E::ActiveModel>,
{
    row.into_active_model().reset_all()
}

/// The columns that are not of the key.
fn values_of<E: EntityTrait>() -> Vec<E::Column> {
    let is_key = |column: &E::Column| E::PrimaryKey::from_column(*column).is_some();
    E::Column::iter().filter(|column| !is_key(column)).collect()
}

fn any_of(conditions: impl Iterator<Item = Condition>) -> Condition {
    conditions.fold(Condition::any(), Condition::add)
}
