use async_trait::async_trait;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder,
};
use wxlogin_domain::model::{AuditEvent, IdentityKey, UnionConflict, User, UserId, UserStatus};
use wxlogin_domain::ports::{
    AccountStore, LoginOutcome, LoginRecord, Sealed, SealedSessionKey, StoreError,
};

use crate::database::Connections;
use crate::entity::{audit_event, identity, identity_conflict, session, user};
use crate::error::store_error;
use crate::{convert, record_login};

#[async_trait]
impl AccountStore for Connections {
    async fn record_login(&self, login: LoginRecord) -> Result<LoginOutcome, StoreError> {
        let transaction = self.begin().await.map_err(|error| store_error(&error))?;
        // An early end drops the transaction, which rolls it back.
        let outcome = record_login::record(&transaction, &login).await?;
        transaction.commit().await.map_err(|error| store_error(&error))?;
        Ok(outcome)
    }

    async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let row = user::Entity::find_by_id(id.as_uuid()).one(self.reader()).await;
        row.map_err(|error| store_error(&error))?.map(convert::user).transpose()
    }

    async fn set_status(
        &self,
        id: UserId,
        status: UserStatus,
        event: AuditEvent,
    ) -> Result<Option<User>, StoreError> {
        let changed = async {
            let transaction = self.begin().await?;
            let found = user::Entity::find_by_id(id.as_uuid()).one(&transaction).await?;
            let Some(row) = found else { return Ok(None) };
            let mut row = row.into_active_model();
            row.status = Set(status.code());
            row.updated_at = Set(event.at.as_millis());
            let row = row.update(&transaction).await?;
            let event = audit_event::ActiveModel {
                id: Set(event.id),
                at: Set(event.at.as_millis()),
                action: Set(event.action.code().to_owned()),
                user_id: Set(event.user_id.as_uuid()),
            };
            audit_event::Entity::insert(event).exec_without_returning(&transaction).await?;
            if status == UserStatus::Disabled {
                session::Entity::delete_many()
                    .filter(session::Column::UserId.eq(id.as_uuid()))
                    .exec(&transaction)
                    .await?;
            }
            transaction.commit().await?;
            Ok::<_, DbErr>(Some(row))
        };
        changed.await.map_err(|error| store_error(&error))?.map(convert::user).transpose()
    }

    async fn union_conflicts(&self) -> Result<Vec<UnionConflict>, StoreError> {
        let rows = identity_conflict::Entity::find()
            .order_by_asc(identity_conflict::Column::FirstSeenAt)
            .all(self.reader())
            .await;
        let rows = rows.map_err(|error| store_error(&error))?;
        rows.iter().map(convert::conflict).collect()
    }

    async fn session_key(
        &self,
        identity: &IdentityKey,
    ) -> Result<Option<SealedSessionKey>, StoreError> {
        let key = (identity.app_id.as_str().to_owned(), identity.open_id.as_str().to_owned());
        let row = identity::Entity::find_by_id(key).one(self.reader()).await;
        let row = row.map_err(|error| store_error(&error))?;
        row.map(|row| {
            let tag = convert::tag(row.session_key_tag, "identities.session_key_tag")?;
            Ok(SealedSessionKey { sealed: Sealed(row.session_key), tag })
        })
        .transpose()
    }
}
