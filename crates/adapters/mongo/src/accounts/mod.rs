mod change;
mod read;

use async_trait::async_trait;
use wxlogin_domain::model::{
    Identity, IdentityKey, Profile, Timestamp, UnionConflict, User, UserId,
};
use wxlogin_domain::ports::{
    AccountStore, Erasure, LoginOutcome, LoginRecord, SealedSessionKey, StoreError, UserChange,
};

use crate::database::{Connections, persist};
use crate::{convert, login};

#[async_trait]
impl AccountStore for Connections {
    async fn record_login(&self, login: LoginRecord) -> Result<LoginOutcome, StoreError> {
        let connections = self.clone();
        self.call(async move { persist(|| login::record(&connections, &login)).await }).await
    }

    async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let connections = self.clone();
        self.call(async move { connections.find_user(id).await }).await
    }

    async fn identities(&self, id: UserId) -> Result<Vec<Identity>, StoreError> {
        let connections = self.clone();
        self.call(async move { connections.identities(id).await }).await
    }

    async fn page_users(&self, after: Option<UserId>, limit: u32) -> Result<Vec<User>, StoreError> {
        let connections = self.clone();
        self.call(async move { connections.page_users(after, limit).await }).await
    }

    async fn change_profile(
        &self,
        id: UserId,
        profile: Profile,
        now: Timestamp,
    ) -> Result<Option<User>, StoreError> {
        let connections = self.clone();
        self.call(async move { connections.change_profile(id, &profile, now).await }).await
    }

    async fn change_user(&self, change: UserChange) -> Result<Option<User>, StoreError> {
        let connections = self.clone();
        self.call(async move { persist(|| connections.change_user(&change)).await }).await
    }

    async fn erase(&self, erasure: Erasure) -> Result<bool, StoreError> {
        let connections = self.clone();
        self.call(async move { persist(|| connections.erase(&erasure)).await }).await
    }

    async fn due_erasures(&self, now: Timestamp, limit: u32) -> Result<Vec<UserId>, StoreError> {
        let connections = self.clone();
        self.call(async move { connections.due_erasures(now, limit).await }).await
    }

    async fn union_conflicts(&self) -> Result<Vec<UnionConflict>, StoreError> {
        let connections = self.clone();
        self.call(async move { connections.union_conflicts().await }).await
    }

    async fn session_key(
        &self,
        identity: &IdentityKey,
    ) -> Result<Option<SealedSessionKey>, StoreError> {
        let connections = self.clone();
        let key = convert::identity_key(identity);
        self.call(async move { connections.session_key(&key).await }).await
    }
}
