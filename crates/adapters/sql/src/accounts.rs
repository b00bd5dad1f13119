use std::sync::Arc;

use async_trait::async_trait;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use wxlogin_domain::model::{AuditEvent, IdentityKey, UnionConflict, User, UserId, UserStatus};
use wxlogin_domain::ports::{
    AccountStore, LoginOutcome, LoginRecord, Sealed, SealedSessionKey, StoreError,
};

use crate::convert;
use crate::database::Connections;
use crate::entity::{audit_event, identity, identity_conflict, session, user};
use crate::error::Failure;
use crate::group_commit::GroupCommit;

pub(crate) struct Accounts {
    pub(crate) connections: Arc<Connections>,
    pub(crate) logins: GroupCommit,
}

#[async_trait]
impl AccountStore for Accounts {
    async fn record_login(&self, login: LoginRecord) -> Result<LoginOutcome, StoreError> {
        self.logins.record(login).await
    }

    async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let row = user::Entity::find_by_id(id.as_uuid()).one(self.connections.reader());
        self.connections.read(row).await?.map(convert::user).transpose()
    }

    async fn set_status(
        &self,
        id: UserId,
        status: UserStatus,
        event: AuditEvent,
    ) -> Result<Option<User>, StoreError> {
        let changed = self.connections.write(|transaction| {
            let event = event.clone();
            Box::pin(async move { set_status(transaction, id, status, event).await })
        });
        changed.await?.map(convert::user).transpose()
    }

    async fn union_conflicts(&self) -> Result<Vec<UnionConflict>, StoreError> {
        let rows = identity_conflict::Entity::find()
            .order_by_asc(identity_conflict::Column::FirstSeenAt)
            .all(self.connections.reader());
        self.connections.read(rows).await?.iter().map(convert::conflict).collect()
    }

    async fn session_key(
        &self,
        identity: &IdentityKey,
    ) -> Result<Option<SealedSessionKey>, StoreError> {
        let key = (identity.app_id.as_str().to_owned(), identity.open_id.as_str().to_owned());
        let row = identity::Entity::find_by_id(key).one(self.connections.reader());
        let row = self.connections.read(row).await?;
        row.map(|row| {
            let tag = convert::tag(row.session_key_tag, "identities.session_key_tag")?;
            Ok(SealedSessionKey { sealed: Sealed(row.session_key), tag })
        })
        .transpose()
    }
}

async fn set_status(
    transaction: &DatabaseTransaction,
    id: UserId,
    status: UserStatus,
    event: AuditEvent,
) -> Result<Option<user::Model>, Failure> {
    // Locked, so that it comes wholly before or wholly after any login of the user.
    let found = user::Entity::find_by_id(id.as_uuid()).lock_exclusive().one(transaction).await?;
    let Some(row) = found else { return Ok(None) };
    let mut changed = row.clone();
    changed.status = status.code();
    changed.updated_at = event.at.as_millis();
    changed.clone().into_active_model().reset_all().update(transaction).await?;
    // A repetition after an unknown commit finds its event.
    if audit_event::Entity::find_by_id(event.id).one(transaction).await?.is_none() {
        let event = audit_event::ActiveModel {
            id: Set(event.id),
            at: Set(event.at.as_millis()),
            action: Set(event.action.code().to_owned()),
            user_id: Set(event.user_id.as_uuid()),
        };
        audit_event::Entity::insert(event).exec_without_returning(transaction).await?;
    }
    if status == UserStatus::Disabled {
        session::Entity::delete_many()
            .filter(session::Column::UserId.eq(id.as_uuid()))
            .exec(transaction)
            .await?;
    }
    Ok(Some(changed))
}
