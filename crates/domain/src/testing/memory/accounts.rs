use std::collections::BTreeSet;
use std::ops::Bound;

use async_trait::async_trait;

use super::{MemoryStore, Tables, Tombstone};
use crate::model::{
    AvatarName, AvatarUrl, Identity, IdentityKey, Profile, Timestamp, UnionConflict, User, UserId,
    UserStatus,
};
use crate::ports::{
    AccountStore, Clearing, Erasure, ErasureStep, IdentityErasure, KeyedTag, LoginOutcome,
    LoginRecord, Merge, MergeOutcome, NewPhone, PhoneOutcome, SealedSessionKey, SessionKeys,
    StoreError, UserChange,
};

#[async_trait]
impl AccountStore for MemoryStore {
    async fn record_login(&self, login: LoginRecord) -> Result<LoginOutcome, StoreError> {
        Ok(self.tables().record_login(&login))
    }

    async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let tables = self.tables();
        Ok(tables.users.get(&tables.resolved(id)).cloned())
    }

    async fn identities(&self, id: UserId) -> Result<Vec<Identity>, StoreError> {
        let tables = self.tables();
        let of_user = tables.identities.iter().filter(|(_, identity)| identity.user_id == id);
        let identity = |(key, identity): (&IdentityKey, &super::Identity)| Identity {
            key: key.clone(),
            union_id: identity.union_id.clone(),
        };
        Ok(of_user.map(identity).collect())
    }

    async fn page_users(&self, after: Option<UserId>, limit: u32) -> Result<Vec<User>, StoreError> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let tables = self.tables();
        let users = tables.users.range((from, Bound::Unbounded)).map(|(_, user)| user.clone());
        Ok(users.take(limit).collect())
    }

    async fn change_profile(
        &self,
        id: UserId,
        profile: Profile,
        now: Timestamp,
    ) -> Result<Option<User>, StoreError> {
        let mut tables = self.tables();
        let Some(user) = tables.users.get_mut(&id) else { return Ok(None) };
        user.nickname = profile.nickname.or(user.nickname.take());
        user.avatar_url = profile.avatar_url.or(user.avatar_url.take());
        user.updated_at = user.updated_at.max(now);
        Ok(Some(user.clone()))
    }

    async fn avatars_in_use(
        &self,
        mut names: BTreeSet<AvatarName>,
    ) -> Result<BTreeSet<AvatarName>, StoreError> {
        let tables = self.tables();
        let avatars = tables.users.values().filter_map(|user| user.avatar_url.as_ref());
        let shown = avatars.map(AvatarUrl::as_str).collect::<BTreeSet<_>>();
        names.retain(|name| shown.contains(name.as_str()));
        Ok(names)
    }

    async fn change_user(&self, change: UserChange) -> Result<Option<User>, StoreError> {
        Ok(self.tables().change_user(change))
    }

    async fn erase(&self, erasure: Erasure) -> Result<bool, StoreError> {
        Ok(self.tables().erase(erasure))
    }

    async fn due_erasures(&self, now: Timestamp, limit: u32) -> Result<Vec<UserId>, StoreError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let tables = self.tables();
        let due = tables.users.values().filter(|user| user.erase_at.is_some_and(|at| at <= now));
        Ok(due.map(|user| user.id).take(limit).collect())
    }

    async fn union_conflicts(&self) -> Result<Vec<UnionConflict>, StoreError> {
        let tables = self.tables();
        let now = tables.conflicts.iter().map(|conflict| UnionConflict {
            owner: tables.union_ids.get(&conflict.union_id).map(|owner| owner.user_id),
            ..conflict.clone()
        });
        Ok(now.filter(|conflict| conflict.owner != Some(conflict.user_id)).collect())
    }

    async fn session_keys(
        &self,
        identity: &IdentityKey,
    ) -> Result<Option<SessionKeys>, StoreError> {
        let tables = self.tables();
        let Some(found) = tables.identities.get(identity) else { return Ok(None) };
        let current = found.session_key.as_ref().map(|(key, _)| key.clone());
        let previous = found.previous_key.clone();
        Ok(current.map(|current| SessionKeys { current, previous }))
    }

    async fn replace_session_key(
        &self,
        identity: &IdentityKey,
        replaces: KeyedTag,
        key: SealedSessionKey,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let found = tables.identities.get_mut(identity);
        let found = found.filter(|found| {
            found.session_key.as_ref().is_some_and(|(current, _)| current.tag == replaces)
        });
        let Some(found) = found else { return Ok(false) };
        found.session_key = Some((key, now));
        found.previous_key = None;
        Ok(true)
    }

    async fn find_by_identity(&self, identity: &IdentityKey) -> Result<Option<User>, StoreError> {
        let tables = self.tables();
        let found = tables.identities.get(identity);
        Ok(found.and_then(|found| tables.users.get(&found.user_id)).cloned())
    }

    async fn set_phone(&self, phone: NewPhone) -> Result<PhoneOutcome, StoreError> {
        Ok(self.tables().set_phone(phone))
    }

    async fn clear(&self, clearing: Clearing) -> Result<Option<User>, StoreError> {
        Ok(self.tables().clear(clearing))
    }

    async fn merge(&self, merge: Merge) -> Result<MergeOutcome, StoreError> {
        Ok(self.tables().merge(merge))
    }

    async fn erase_identity(&self, erasure: IdentityErasure) -> Result<Option<UserId>, StoreError> {
        Ok(self.tables().erase_identity(erasure))
    }
}

impl Tables {
    fn change_user(&mut self, change: UserChange) -> Option<User> {
        let id = change.user_id;
        let before = self.tombstones.len();
        if change.status == Some(UserStatus::Active) {
            self.tombstones.retain(|_, tombstone| tombstone.user_id != id);
        }
        if !self.users.contains_key(&id) {
            if self.tombstones.len() < before {
                self.write_events(change.events);
            }
            return None;
        }
        let sessions = self.sessions_of(id);
        match change.status {
            Some(UserStatus::Disabled) => self.revoke(sessions, change.tokens_until),
            Some(UserStatus::Active) if self.is_disabled(id) => {
                self.sessions.retain(|_, stored| stored.session.user_id != id);
            }
            Some(UserStatus::Active) | None => {}
        }
        self.write_events(change.events);
        let user = self.users.get_mut(&id)?;
        user.status = change.status.unwrap_or(user.status);
        user.user_type = change.user_type.unwrap_or(user.user_type);
        user.updated_at = change.now;
        Some(user.clone())
    }

    pub(super) fn erase(&mut self, erasure: Erasure) -> bool {
        let id = erasure.user_id;
        let now = erasure.event.at;
        let Some(user) = self.users.get_mut(&id) else { return false };
        match erasure.step {
            ErasureStep::CompleteIfDue if user.erase_at.is_none_or(|at| now < at) => return false,
            ErasureStep::Complete | ErasureStep::CompleteIfDue => self.remove_user(id, now),
            ErasureStep::Schedule(at) => {
                user.erase_at = Some(at);
                user.phone = None;
                for identity in self.identities.values_mut().filter(|own| own.user_id == id) {
                    identity.session_key = None;
                    identity.previous_key = None;
                }
            }
        }
        let sessions = self.sessions_of(id);
        self.sessions.retain(|_, stored| stored.session.user_id != id);
        self.revoke(sessions, erasure.tokens_until);
        self.write_events([erasure.event]);
        true
    }

    fn remove_user(&mut self, id: UserId, now: Timestamp) {
        if self.is_disabled(id) {
            let identities = self.identities.values().filter(|own| own.user_id == id);
            let union_ids = self.union_ids.values().filter(|own| own.user_id == id);
            let tags =
                identities.map(|own| own.tombstone).chain(union_ids.map(|own| own.tombstone));
            let tombstone = Tombstone { user_id: id, created_at: now };
            self.tombstones.extend(tags.map(|tag| (tag, tombstone)));
        }
        self.users.remove(&id);
        let gone = self.merged.keys().copied().filter(|loser| self.resolved(*loser) == id);
        for loser in gone.collect::<Vec<_>>() {
            self.merged.remove(&loser);
        }
        self.identities.retain(|_, identity| identity.user_id != id);
        self.union_ids.retain(|_, owner| owner.user_id != id);
        self.conflicts.retain(|conflict| conflict.user_id != id && conflict.owner != Some(id));
    }
}
