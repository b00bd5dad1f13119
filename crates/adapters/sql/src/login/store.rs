//! Writes what a batch has changed.

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::apply::Working;
use super::padded;
use super::row::{Row, select};
use crate::entity::{identity, identity_conflict, session, union_id, user};
use crate::error::Failure;
use crate::revocations::revoke;
use crate::transaction::Transaction;

impl Working {
    pub(super) async fn store(&self, transaction: &Transaction) -> Result<(), Failure> {
        insert::<identity::Entity, _>(transaction, select(&self.identities, Row::is_new)).await?;
        let changed = select(&self.identities, Row::is_changed).map(full).collect::<Vec<_>>();
        if !changed.is_empty() {
            identity::Entity::insert_many(changed)
                .on_conflict(
                    OnConflict::columns([identity::Column::AppId, identity::Column::OpenId])
                        .update_columns([
                            identity::Column::UnionId,
                            identity::Column::SessionKey,
                            identity::Column::SessionKeyTag,
                            identity::Column::SessionKeyAt,
                            identity::Column::PreviousSessionKey,
                            identity::Column::PreviousSessionKeyUntil,
                        ])
                        .to_owned(),
                )
                .exec_without_returning(transaction)
                .await?;
        }
        insert::<union_id::Entity, _>(transaction, select(&self.union_ids, Row::is_new)).await?;
        insert::<user::Entity, _>(transaction, select(&self.users, Row::is_new)).await?;
        let changed = select(&self.users, Row::is_changed).map(full).collect::<Vec<_>>();
        if !changed.is_empty() {
            user::Entity::insert_many(changed)
                .on_conflict(
                    OnConflict::column(user::Column::Id)
                        .update_columns([
                            user::Column::Nickname,
                            user::Column::AvatarUrl,
                            user::Column::EraseAt,
                            user::Column::UpdatedAt,
                            user::Column::LastLoginAt,
                        ])
                        .to_owned(),
                )
                .exec_without_returning(transaction)
                .await?;
        }
        insert::<identity_conflict::Entity, _>(transaction, select(&self.conflicts, Row::is_new))
            .await?;
        self.store_sessions(transaction).await
    }

    async fn store_sessions(&self, transaction: &Transaction) -> Result<(), Failure> {
        if !self.tagless.is_empty() {
            session::Entity::update_many()
                .col_expr(session::Column::ReplayTag, Expr::value(None::<Vec<u8>>))
                .col_expr(session::Column::ReplayFingerprint, Expr::value(None::<Vec<u8>>))
                .filter(session::Column::Id.is_in(padded(self.tagless.iter().copied())))
                .exec(transaction)
                .await?;
        }
        if !self.ended.is_empty() {
            session::Entity::delete_many()
                .filter(session::Column::Id.is_in(padded(self.ended.iter().copied())))
                .exec(transaction)
                .await?;
        }
        let revoked = self.revoked.iter().map(|(id, until)| (*id, *until)).collect::<Vec<_>>();
        revoke(transaction, &revoked).await?;
        insert::<session::Entity, _>(transaction, select(&self.opened, Row::is_new)).await
    }
}

/// Plain inserts: a row that another instance has written meanwhile is a conflict.
async fn insert<E, M>(
    transaction: &Transaction,
    models: impl Iterator<Item = M>,
) -> Result<(), Failure>
where
    E: EntityTrait<Model = M>,
    M: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelTrait<Entity = E>,
{
    let rows = models.map(IntoActiveModel::into_active_model).collect::<Vec<_>>();
    if rows.is_empty() {
        return Ok(());
    }
    E::insert_many(rows).exec_without_returning(transaction).await?;
    Ok(())
}

/// Every column set, for a statement that inserts or updates.
fn full<A: ActiveModelTrait>(model: impl IntoActiveModel<A>) -> A {
    model.into_active_model().reset_all()
}
