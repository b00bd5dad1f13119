use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::model::{
    AuditEvent, IdentityKey, Session, SessionId, Timestamp, UnionConflict, UnionId, User, UserId,
    UserStatus, UserType,
};
use crate::ports::{
    AccountStore, Deployment, DeploymentStore, KeyStore, LoginOutcome, LoginRecord, OnUnknown,
    ReplayKey, SealedSessionKey, SessionStore, StoreError, StoredSigningKey, Stores,
};

/// Every store port on maps behind one lock.
#[derive(Default)]
pub struct MemoryStore(Mutex<Tables>);

#[derive(Default, Clone)]
struct Tables {
    users: HashMap<UserId, User>,
    identities: HashMap<IdentityKey, Identity>,
    union_ids: HashMap<UnionId, UserId>,
    conflicts: Vec<UnionConflict>,
    sessions: BTreeMap<SessionId, StoredSession>,
    audit: Vec<AuditEvent>,
    keys: BTreeMap<u32, StoredSigningKey>,
    deployment: Option<Deployment>,
}

#[derive(Clone)]
struct Identity {
    user_id: UserId,
    union_id: Option<UnionId>,
    session_key: SealedSessionKey,
    session_key_at: Timestamp,
}

#[derive(Clone)]
struct StoredSession {
    session: Session,
    replay: Option<ReplayKey>,
}

impl MemoryStore {
    /// All ports on one empty store.
    #[must_use]
    pub fn stores() -> Stores {
        let store = Arc::new(Self::default());
        Stores {
            accounts: store.clone(),
            sessions: store.clone(),
            keys: store.clone(),
            deployment: store,
        }
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    fn record_login(&mut self, login: &LoginRecord) -> LoginOutcome {
        let known = self.identities.get(&login.identity).map(|identity| identity.user_id);
        let owner = login.union_id.as_ref().and_then(|id| self.union_ids.get(id).copied());
        let user_id = match (known.or(owner), login.on_unknown) {
            (Some(user_id), _) => user_id,
            (None, OnUnknown::Refuse) => return LoginOutcome::SignUpClosed,
            (None, OnUnknown::Create) => login.new_user_id,
        };
        let user = self.users.entry(user_id).or_insert_with(|| User {
            id: user_id,
            user_type: UserType::default(),
            status: UserStatus::Active,
            nickname: None,
            avatar_url: None,
            created_at: login.now,
            updated_at: login.now,
            last_login_at: login.now,
        });
        if user.status == UserStatus::Disabled {
            return LoginOutcome::Disabled;
        }
        let held = self.held_by(login);
        if let Some(earlier) = held.filter(|earlier| earlier.user_id == user_id) {
            let user = self.users[&user_id].clone();
            return LoginOutcome::Replayed { user, session: earlier.clone() };
        }
        let replay = login.replay.filter(|_| held.is_none());
        let union_conflict = self.settle_identity(login, user_id, owner);
        let user = self.update_user(login, user_id);
        let session = self.open_session(login, user_id, replay);
        LoginOutcome::SignedIn {
            is_new: user_id == login.new_user_id,
            user,
            session,
            union_conflict,
        }
    }

    /// The living session that another login has opened with this replay key.
    fn held_by(&self, login: &LoginRecord) -> Option<&Session> {
        let replay = login.replay?;
        let stored = self.sessions.values().find(|stored| {
            stored.replay == Some(replay)
                && stored.session.id != login.session.id
                && login.now < stored.session.expires_at
        });
        stored.map(|stored| &stored.session)
    }

    /// Writes the identity and claims the unionid, or reports why that cannot be.
    fn settle_identity(
        &mut self,
        login: &LoginRecord,
        user_id: UserId,
        owner: Option<UserId>,
    ) -> Option<UnionConflict> {
        let identity = self.identities.entry(login.identity.clone()).or_insert_with(|| Identity {
            user_id,
            union_id: None,
            session_key: login.session_key.clone(),
            session_key_at: login.now,
        });
        if identity.session_key_at <= login.now {
            identity.session_key = login.session_key.clone();
            identity.session_key_at = login.now;
        }
        let named = login.union_id.clone()?;
        let changed = identity.union_id.as_ref().is_some_and(|stored| *stored != named);
        let other_owner = owner.filter(|owner| *owner != user_id);
        if !changed && other_owner.is_none() {
            identity.union_id = Some(named.clone());
            self.union_ids.insert(named, user_id);
            return None;
        }
        let seen = |conflict: &&UnionConflict| {
            conflict.identity == login.identity && conflict.union_id == named
        };
        if let Some(recorded) = self.conflicts.iter().find(seen) {
            return Some(recorded.clone());
        }
        let conflict = UnionConflict {
            identity: login.identity.clone(),
            union_id: named,
            user_id,
            owner: other_owner,
            first_seen_at: login.now,
        };
        self.conflicts.push(conflict.clone());
        Some(conflict)
    }

    fn update_user(&mut self, login: &LoginRecord, user_id: UserId) -> User {
        let user = self.users.get_mut(&user_id).expect("it was just found or made");
        let before = (user.nickname.clone(), user.avatar_url.clone());
        if let Some(nickname) = &login.profile.nickname {
            user.nickname = Some(nickname.clone());
        }
        if let Some(avatar_url) = &login.profile.avatar_url {
            user.avatar_url = Some(avatar_url.clone());
        }
        if before != (user.nickname.clone(), user.avatar_url.clone()) {
            user.updated_at = user.updated_at.max(login.now);
        }
        user.last_login_at = user.last_login_at.max(login.now);
        user.clone()
    }

    fn open_session(
        &mut self,
        login: &LoginRecord,
        user_id: UserId,
        replay: Option<ReplayKey>,
    ) -> Session {
        let session = Session {
            id: login.session.id,
            user_id,
            app_id: login.identity.app_id.clone(),
            device: login.session.device.clone(),
            created_at: login.now,
            expires_at: login.session.expires_at,
        };
        let stored = StoredSession { session: session.clone(), replay };
        let session = self.sessions.entry(session.id).or_insert(stored).session.clone();
        let mut others: Vec<_> = self
            .sessions
            .values()
            .map(|stored| &stored.session)
            .filter(|other| other.user_id == user_id && other.id != session.id)
            .map(|other| (login.now < other.expires_at, other.created_at, other.id))
            .collect();
        others.sort_unstable();
        let keep = usize::try_from(login.max_sessions.saturating_sub(1)).unwrap_or(usize::MAX);
        for (_, _, id) in &others[..others.len().saturating_sub(keep)] {
            self.sessions.remove(id);
        }
        session
    }
}

#[async_trait]
impl AccountStore for MemoryStore {
    async fn record_login(&self, login: LoginRecord) -> Result<LoginOutcome, StoreError> {
        Ok(self.tables().record_login(&login))
    }

    async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        Ok(self.tables().users.get(&id).cloned())
    }

    async fn set_status(
        &self,
        id: UserId,
        status: UserStatus,
        event: AuditEvent,
    ) -> Result<Option<User>, StoreError> {
        let mut tables = self.tables();
        let Some(user) = tables.users.get_mut(&id) else {
            return Ok(None);
        };
        user.status = status;
        user.updated_at = event.at;
        let user = user.clone();
        tables.audit.push(event);
        if status == UserStatus::Disabled {
            tables.sessions.retain(|_, stored| stored.session.user_id != id);
        }
        Ok(Some(user))
    }

    async fn union_conflicts(&self) -> Result<Vec<UnionConflict>, StoreError> {
        Ok(self.tables().conflicts.clone())
    }

    async fn session_key(
        &self,
        identity: &IdentityKey,
    ) -> Result<Option<SealedSessionKey>, StoreError> {
        Ok(self.tables().identities.get(identity).map(|identity| identity.session_key.clone()))
    }
}

#[async_trait]
impl SessionStore for MemoryStore {
    async fn find_session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        Ok(self.tables().sessions.get(&id).map(|stored| stored.session.clone()))
    }
}

#[async_trait]
impl KeyStore for MemoryStore {
    async fn signing_keys(&self) -> Result<Vec<StoredSigningKey>, StoreError> {
        Ok(self.tables().keys.values().rev().cloned().collect())
    }

    async fn insert_if_absent(&self, key: StoredSigningKey) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let absent = !tables.keys.contains_key(&key.generation);
        tables.keys.entry(key.generation).or_insert(key);
        Ok(absent)
    }
}

#[async_trait]
impl DeploymentStore for MemoryStore {
    async fn claim(&self, deployment: Deployment) -> Result<Deployment, StoreError> {
        Ok(*self.tables().deployment.get_or_insert(deployment))
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::contract::StoreUnderTest;

    fn open() -> std::future::Ready<StoreUnderTest> {
        std::future::ready(StoreUnderTest::new(MemoryStore::stores()))
    }

    crate::store_contract!(open);
}
