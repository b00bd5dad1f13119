use std::collections::BTreeSet;
use std::ops::Bound;

use async_trait::async_trait;
use uuid::Uuid;

use super::{MemoryStore, Tables};
use crate::account::{
    AcceptanceOutcome, Clearing, Erasure, IdentityErasure, ImportOutcome, ImportedUser,
    LoginOutcome, LoginRecord, Merge, MergeOutcome, NewPhone, PhoneOutcome, ProfileChange,
    SessionKeyReplacement, SessionKeys, StoredIdentity, UnionIdAcceptance, UserChange,
    UserChangeOutcome,
};
use crate::model::{
    AvatarName, AvatarUrl, Identity, IdentityKey, Timestamp, UnionConflict, User, UserId,
    VisibleApps,
};
use crate::ports::{AccountStore, ConflictStore, ImportStore, SessionKeyStore, StoreError};

#[async_trait]
impl AccountStore for MemoryStore {
    fn admits_login(&self) -> Result<(), StoreError> {
        Self::unless(&self.is_full)
    }

    async fn record_login(&self, login: LoginRecord) -> Result<LoginOutcome, StoreError> {
        let mut outcomes = self.tables().run(std::slice::from_ref(&login))?;
        Ok(outcomes.swap_remove(0))
    }

    async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let tables = self.tables();
        Ok(tables.accounts.users.get(&tables.current_id(id)).map(|stored| stored.user.clone()))
    }

    async fn identities(&self, id: UserId) -> Result<Vec<Identity>, StoreError> {
        let tables = self.tables();
        let identities = tables.accounts.identities.values();
        let of_user = identities.filter(|identity| identity.user_id == id).map(|identity| {
            Identity { key: identity.key.clone(), union_id: identity.union_id.clone() }
        });
        Ok(of_user.collect())
    }

    async fn page_users(
        &self,
        apps: &VisibleApps,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<User>, StoreError> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let tables = self.tables();
        let users = tables.accounts.users.range((from, Bound::Unbounded)).map(|(_, stored)| stored);
        let users = users.filter(|stored| stored.merged_into.is_none());
        let mut seen = BTreeSet::new();
        for identity in tables.accounts.identities.values() {
            if apps.include(&identity.key.app_id) {
                seen.insert(identity.user_id);
            }
        }
        let users = users.filter(|stored| seen.contains(&stored.user.id)).take(limit);
        Ok(users.map(|stored| stored.user.clone()).collect())
    }

    async fn find_by_identity(&self, identity: &IdentityKey) -> Result<Option<User>, StoreError> {
        let tables = self.tables();
        let Some(found) = tables.accounts.identities.get(identity) else { return Ok(None) };
        Ok(tables.accounts.users.get(&found.user_id).map(|stored| stored.user.clone()))
    }

    async fn set_phone(&self, phone: NewPhone) -> Result<PhoneOutcome, StoreError> {
        self.tables().run(&phone)
    }

    async fn clear(&self, clearing: Clearing) -> Result<Option<User>, StoreError> {
        self.tables().run(&clearing)
    }

    async fn merge(&self, merge: Merge) -> Result<MergeOutcome, StoreError> {
        self.tables().run(&merge)
    }

    async fn erase_identity(&self, erasure: IdentityErasure) -> Result<Option<UserId>, StoreError> {
        self.tables().run(&erasure)
    }

    async fn change_profile(&self, change: ProfileChange) -> Result<Option<User>, StoreError> {
        self.tables().run(&change)
    }

    async fn avatars_in_use(
        &self,
        mut names: BTreeSet<AvatarName>,
    ) -> Result<BTreeSet<AvatarName>, StoreError> {
        let tables = self.tables();
        let users = tables.accounts.users.values().map(|stored| &stored.user);
        let avatars = users.filter_map(|user| user.avatar_url.as_ref());
        let in_use = avatars.map(AvatarUrl::as_str).collect::<BTreeSet<_>>();
        names.retain(|name| in_use.contains(name.as_str()));
        Ok(names)
    }

    async fn change_user(&self, change: UserChange) -> Result<UserChangeOutcome, StoreError> {
        self.tables().run(&change)
    }

    async fn erase(&self, erasure: Erasure) -> Result<bool, StoreError> {
        self.tables().run(&erasure)
    }

    async fn due_erasures(&self, now: Timestamp, limit: u32) -> Result<Vec<UserId>, StoreError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let tables = self.tables();
        let users = tables.accounts.users.values().map(|stored| &stored.user);
        let due = users.filter(|user| user.erase_at.is_some_and(|at| at <= now));
        Ok(due.map(|user| user.id).take(limit).collect())
    }
}

#[async_trait]
impl ConflictStore for MemoryStore {
    async fn page_conflicts(
        &self,
        apps: &VisibleApps,
        of: Option<UserId>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<UnionConflict>, StoreError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut conflicts = self.tables().open_conflicts();
        conflicts.retain(|conflict| {
            apps.include(&conflict.identity.app_id)
                && of.is_none_or(|id| conflict.user_id == id || conflict.owner == Some(id))
                && after.is_none_or(|after| conflict.id > after)
        });
        conflicts.truncate(limit);
        Ok(conflicts)
    }

    async fn conflicts_between(
        &self,
        apps: &VisibleApps,
        users: [UserId; 2],
    ) -> Result<Vec<UnionConflict>, StoreError> {
        let mut conflicts = self.tables().open_conflicts();
        conflicts.retain(|conflict| {
            apps.include(&conflict.identity.app_id)
                && users.contains(&conflict.user_id)
                && conflict.owner.is_some_and(|owner| users.contains(&owner))
        });
        Ok(conflicts)
    }

    async fn find_conflict(&self, id: Uuid) -> Result<Option<UnionConflict>, StoreError> {
        let conflicts = self.tables().open_conflicts();
        Ok(conflicts.into_iter().find(|conflict| conflict.id == id))
    }

    async fn accept_union_id(
        &self,
        acceptance: UnionIdAcceptance,
    ) -> Result<AcceptanceOutcome, StoreError> {
        self.tables().run(&acceptance)
    }
}

#[async_trait]
impl SessionKeyStore for MemoryStore {
    async fn find_session_keys(
        &self,
        identity: &IdentityKey,
    ) -> Result<Option<SessionKeys>, StoreError> {
        let found = self.tables().accounts.identities.get(identity).cloned();
        Ok(found.and_then(StoredIdentity::session_keys))
    }

    async fn replace_session_key(
        &self,
        replacement: SessionKeyReplacement,
    ) -> Result<bool, StoreError> {
        self.tables().run(&replacement)
    }
}

#[async_trait]
impl ImportStore for MemoryStore {
    async fn import_user(&self, user: ImportedUser) -> Result<ImportOutcome, StoreError> {
        self.tables().run(&user)
    }
}

impl Tables {
    fn open_conflicts(&self) -> Vec<UnionConflict> {
        let owners = &self.accounts.union_owners;
        let conflicts = self.accounts.conflicts.values().map(|conflict| UnionConflict {
            owner: owners.get(&conflict.union_id).map(|owner| owner.user_id),
            ..conflict.clone()
        });
        let open = conflicts.filter(|conflict| conflict.owner != Some(conflict.user_id));
        let mut open = open.collect::<Vec<_>>();
        open.sort_by_key(|conflict| conflict.id);
        open
    }
}
