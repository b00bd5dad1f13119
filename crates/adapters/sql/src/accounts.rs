use std::sync::Arc;

use async_trait::async_trait;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;
use wxlogin_domain::model::{
    Identity, IdentityKey, Profile, Timestamp, UnionConflict, User, UserId,
};
use wxlogin_domain::ports::{
    AccountStore, Erasure, LoginOutcome, LoginRecord, SealedSessionKey, StoreError, UserChange,
};

use crate::convert;
use crate::database::Connections;
use crate::entity::{identity, identity_conflict, user};
use crate::erasure::erase;
use crate::group_commit::GroupCommit;
use crate::users::{ProfileChange, change_profile, change_user};

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

    async fn identities(&self, id: UserId) -> Result<Vec<Identity>, StoreError> {
        let rows = identity::Entity::find()
            .filter(identity::Column::UserId.eq(id.as_uuid()))
            .order_by_asc(identity::Column::AppId)
            .order_by_asc(identity::Column::OpenId)
            .all(self.connections.reader());
        self.connections.read(rows).await?.into_iter().map(convert::identity).collect()
    }

    async fn page_users(&self, after: Option<UserId>, limit: u32) -> Result<Vec<User>, StoreError> {
        let mut users = user::Entity::find().order_by_asc(user::Column::Id).limit(u64::from(limit));
        if let Some(after) = after {
            users = users.filter(user::Column::Id.gt(after.as_uuid()));
        }
        let rows = self.connections.read(users.all(self.connections.reader())).await?;
        rows.into_iter().map(convert::user).collect()
    }

    async fn change_profile(
        &self,
        id: UserId,
        profile: Profile,
        now: Timestamp,
    ) -> Result<Option<User>, StoreError> {
        let change = ProfileChange { user_id: id, profile, now };
        let changed = self
            .connections
            .write(&change, |transaction, change| Box::pin(change_profile(transaction, change)));
        changed.await?.map(convert::user).transpose()
    }

    async fn change_user(&self, change: UserChange) -> Result<Option<User>, StoreError> {
        let changed = self
            .connections
            .write(&change, |transaction, change| Box::pin(change_user(transaction, change)));
        changed.await?.map(convert::user).transpose()
    }

    async fn erase(&self, erasure: Erasure) -> Result<bool, StoreError> {
        let erased = self
            .connections
            .write(&erasure, |transaction, erasure| Box::pin(erase(transaction, erasure)));
        erased.await
    }

    async fn due_erasures(&self, now: Timestamp, limit: u32) -> Result<Vec<UserId>, StoreError> {
        let due = user::Entity::find()
            .select_only()
            .column(user::Column::Id)
            .filter(user::Column::EraseAt.lte(now.as_millis()))
            .order_by_asc(user::Column::EraseAt)
            .limit(u64::from(limit))
            .into_tuple::<Uuid>()
            .all(self.connections.reader());
        Ok(self.connections.read(due).await?.into_iter().map(UserId::from_uuid).collect())
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
        Ok(row.map(convert::session_key).transpose()?.flatten())
    }
}
