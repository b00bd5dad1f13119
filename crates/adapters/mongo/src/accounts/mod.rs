mod change;
mod conflicts;
mod phone;
mod read;
mod session_key;

use std::collections::BTreeSet;

use async_trait::async_trait;
use wxlogin_domain::account::{
    Clearing, Erasure, IdentityErasure, LoginOutcome, LoginRecord, Merge, MergeOutcome, NewPhone,
    PhoneOutcome, ProfileChange, SessionKeyReplacement, SessionKeys, UserChange, UserChangeOutcome,
};
use wxlogin_domain::model::{
    AvatarName, Identity, IdentityKey, Timestamp, User, UserId, VisibleApps,
};
use wxlogin_domain::ports::{AccountStore, SessionKeyStore, StoreError};

use crate::database::Connections;
use crate::{convert, login};

#[async_trait]
impl AccountStore for Connections {
    async fn record_login(&self, login: LoginRecord) -> Result<LoginOutcome, StoreError> {
        self.retry(login, |db, login| Box::pin(login::record(db, login))).await
    }

    async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.retry(id, |db, id| Box::pin(db.find_user(*id))).await
    }

    async fn identities(&self, id: UserId) -> Result<Vec<Identity>, StoreError> {
        self.call(|db| async move { db.identities(id).await }).await
    }

    async fn page_users(
        &self,
        apps: &VisibleApps,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<User>, StoreError> {
        let apps = apps.clone();
        self.call(|db| async move { db.page_users(&apps, after, limit).await }).await
    }

    async fn change_profile(&self, change: ProfileChange) -> Result<Option<User>, StoreError> {
        self.retry(change, |db, change| Box::pin(db.change_profile(change))).await
    }

    async fn avatars_in_use(
        &self,
        names: BTreeSet<AvatarName>,
    ) -> Result<BTreeSet<AvatarName>, StoreError> {
        self.call(|db| async move { db.avatars_in_use(names).await }).await
    }

    async fn change_user(&self, change: UserChange) -> Result<UserChangeOutcome, StoreError> {
        self.retry(change, |db, change| Box::pin(db.change_user(change))).await
    }

    async fn erase(&self, erasure: Erasure) -> Result<bool, StoreError> {
        self.retry(erasure, |db, erasure| Box::pin(db.erase(erasure))).await
    }

    async fn due_erasures(&self, now: Timestamp, limit: u32) -> Result<Vec<UserId>, StoreError> {
        self.call(|db| async move { db.due_erasures(now, limit).await }).await
    }

    async fn find_by_identity(&self, identity: &IdentityKey) -> Result<Option<User>, StoreError> {
        let key = convert::identity_key(identity);
        self.retry(key, |db, key| Box::pin(db.find_by_identity(key))).await
    }

    async fn set_phone(&self, phone: NewPhone) -> Result<PhoneOutcome, StoreError> {
        self.retry(phone, |db, phone| Box::pin(db.set_phone(phone))).await
    }

    async fn clear(&self, clearing: Clearing) -> Result<Option<User>, StoreError> {
        self.retry(clearing, |db, clearing| Box::pin(db.clear(clearing))).await
    }

    async fn merge(&self, merge: Merge) -> Result<MergeOutcome, StoreError> {
        self.call(|db| async move { db.merge(&merge).await }).await
    }

    async fn erase_identity(&self, erasure: IdentityErasure) -> Result<Option<UserId>, StoreError> {
        self.retry(erasure, |db, erasure| Box::pin(db.erase_identity(erasure))).await
    }
}

#[async_trait]
impl SessionKeyStore for Connections {
    async fn find_session_keys(
        &self,
        identity: &IdentityKey,
    ) -> Result<Option<SessionKeys>, StoreError> {
        let key = convert::identity_key(identity);
        self.retry(key, |db, key| Box::pin(db.session_keys(key))).await
    }

    async fn replace_session_key(
        &self,
        replacement: SessionKeyReplacement,
    ) -> Result<bool, StoreError> {
        self.retry(replacement, |db, replacement| Box::pin(db.replace_key(replacement))).await
    }
}
