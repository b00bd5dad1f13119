//! Signing in: whose account an identity is, whether it may be used, and what a login changes.

use std::collections::BTreeMap;
use std::time::Duration;

use super::profile::take_profile;
use super::{
    Command, ConflictKey, Inconsistent, Keys, LoginOutcome, LoginRecord, OnErasing, OnUnknown,
    Replayed, StoredIdentity, StoredUser, UnionOwner, UnitOfWork,
};
use crate::model::{AuditAction, AuditEvent, UnionConflict, UnionId, User, UserId, UserStatus};
use crate::ports::KeyedTag;

/// How much later a login must be to change when its user last signed in. Frequent logins of one person
/// then write their session and not their account.
pub const LAST_LOGIN_STEP: Duration = Duration::from_hours(1);

/// A batch: each login sees what the ones before it have done.
impl Command for [LoginRecord] {
    type Outcome = Vec<LoginOutcome>;

    fn keys(&self, unit: &UnitOfWork) -> Keys {
        let mut keys = Keys::default();
        for login in self {
            unit.add_login_keys(login, &mut keys);
        }
        // A person who is not known yet may turn out to be any user of the batch.
        let mut opens = BTreeMap::<Option<UserId>, u32>::new();
        for login in self {
            *opens.entry(unit.known_user(login)).or_default() += 1;
        }
        let of_anybody = opens.get(&None).copied().unwrap_or(0);
        for (user, room) in &mut keys.session_lists {
            let of_user = opens.get(&Some(*user)).copied().unwrap_or(0);
            *room = room.saturating_sub(of_user.saturating_add(of_anybody));
        }
        keys
    }

    fn apply(&self, unit: &mut UnitOfWork) -> Result<Self::Outcome, Inconsistent> {
        self.iter().map(|login| unit.log_in(login)).collect()
    }
}

impl UnitOfWork {
    fn add_login_keys(&self, login: &LoginRecord, keys: &mut Keys) {
        keys.identities.insert(login.identity.clone());
        keys.union_ids.extend(login.union_id.clone());
        if !self.has_loaded_identity(&login.identity) {
            return;
        }
        keys.replays.extend(login.replay.map(|replay| replay.key));
        if self.is_repetition {
            keys.sessions.insert(login.session.id);
        }
        let known = self.identities.get(&login.identity);
        let owner = self.owner_of(login.union_id.as_ref());
        if known.is_none() {
            keys.tombstones.insert(login.tombstones.identity);
        }
        if owner.is_none() {
            keys.tombstones.extend(login.tombstones.union_id);
        }
        if let Some(user) = self.known_user(login) {
            keys.users.insert(user);
            keys.session_lists.insert(user, login.max_sessions);
        }
        if let (Some(identity), Some(named)) = (known, &login.union_id) {
            let is_settled =
                identity.union_id.as_ref() == Some(named) && owner == Some(identity.user_id);
            if !is_settled {
                let (identity, union_id) = (login.identity.clone(), named.clone());
                keys.conflicts.insert(ConflictKey { identity, union_id });
            }
        }
    }

    /// Applies one login.
    ///
    /// - The identity decides whose the login is; for an unknown one the owner of the unionid does.
    /// - A ban, its tombstone, an account that is to be erased and closed sign-up refuse the login,
    ///   and nothing is written.
    /// - A repetition of a login whose session is still alive gives that session again.
    fn log_in(&mut self, login: &LoginRecord) -> Result<LoginOutcome, Inconsistent> {
        let known = self.identities.get(&login.identity).map(|identity| identity.user_id);
        if known.is_none() && self.has_tombstone(login.tombstones.identity) {
            return Ok(LoginOutcome::Disabled);
        }
        let owner = self.owner_of(login.union_id.as_ref());
        let known = known.or(owner);
        let user_id = match (known, login.on_unknown) {
            (Some(user_id), _) => user_id,
            (None, _) if self.has_union_tombstone(login) => return Ok(LoginOutcome::Disabled),
            (None, OnUnknown::Refuse) => return Ok(LoginOutcome::SignUpClosed),
            (None, OnUnknown::Create) => login.new_user_id,
        };
        if known.is_some() {
            let user = self.user(user_id).ok_or(Inconsistent("an identity's user is missing"))?;
            match (user.status, user.erase_at, login.on_erasing) {
                (UserStatus::Disabled, _, _) => return Ok(LoginOutcome::Disabled),
                (UserStatus::Active, Some(_), OnErasing::Refuse) => {
                    return Ok(LoginOutcome::Erasing);
                }
                (UserStatus::Active, None, _)
                | (UserStatus::Active, Some(_), OnErasing::Restore) => {}
            }
        }
        let holder = self.holder_of_replay(login).cloned();
        if let Some(holder) = &holder
            && holder.session.user_id == user_id
            && let Some((replay, user)) = holder.replay.zip(self.user(user_id).cloned())
        {
            let (session, fingerprint) = (holder.session.clone(), replay.fingerprint);
            return Ok(LoginOutcome::Replayed(Replayed { user, session, fingerprint }));
        }
        // A key that another user's living session holds counts as none.
        let replay = login.replay.filter(|_| holder.is_none());
        let union_conflict = self.settle_union_id(login, user_id, owner)?;
        self.settle_identity(login, user_id, union_conflict.is_none());
        let user = self.settle_user(login, user_id)?;
        let session = self.open_session(login, user_id, replay);
        let is_new = user_id == login.new_user_id;
        Ok(LoginOutcome::SignedIn { user, is_new, session, union_conflict })
    }

    /// Whose the login is, as far as that is known from what has been loaded.
    fn known_user(&self, login: &LoginRecord) -> Option<UserId> {
        let known = self.identities.get(&login.identity).map(|identity| identity.user_id);
        known.or_else(|| self.owner_of(login.union_id.as_ref()))
    }

    fn owner_of(&self, union_id: Option<&UnionId>) -> Option<UserId> {
        Some(self.union_owners.get(union_id?)?.user_id)
    }

    fn has_tombstone(&self, tag: KeyedTag) -> bool {
        self.tombstones.get(&tag).is_some()
    }

    fn has_union_tombstone(&self, login: &LoginRecord) -> bool {
        login.tombstones.union_id.is_some_and(|tag| self.has_tombstone(tag))
    }

    /// Makes the user the owner of the unionid, or records why that cannot be.
    ///
    /// A unionid that has no owner is owned by the identity's user from then on, unless it has a
    /// tombstone; every unionid changes when an app moves to another Open Platform account. The one before
    /// stays the user's, because other identities may still have it. A unionid that another user owns, or
    /// owned until the account was erased while banned, is a conflict, recorded once.
    fn settle_union_id(
        &mut self,
        login: &LoginRecord,
        user_id: UserId,
        owner: Option<UserId>,
    ) -> Result<Option<UnionConflict>, Inconsistent> {
        let Some(named) = login.union_id.clone() else { return Ok(None) };
        let key = ConflictKey { identity: login.identity.clone(), union_id: named.clone() };
        let is_free = owner.is_none() && !self.has_union_tombstone(login);
        if is_free || owner == Some(user_id) {
            self.conflicts.delete(&key);
            if owner.is_none() {
                let tombstone = login.tombstones.union_id;
                let tombstone =
                    tombstone.ok_or(Inconsistent("a login names a unionid without its tag"))?;
                let owner = UnionOwner { union_id: named.clone(), user_id, tombstone };
                self.union_owners.insert(named.clone(), owner);
            }
            let stored = self.identities.get(&login.identity);
            let stored = stored.and_then(|identity| identity.union_id.as_ref());
            if stored.is_some_and(|stored| *stored != named) {
                self.events.push(AuditEvent {
                    id: login.session.id.as_uuid(),
                    at: login.now,
                    action: AuditAction::UnionIdChanged,
                    user_id: Some(user_id),
                    client_id: None,
                    app_id: Some(login.identity.app_id.clone()),
                    session_id: Some(login.session.id),
                    actor: None,
                    reason: None,
                });
            }
            return Ok(None);
        }
        if let Some(recorded) = self.conflicts.get(&key) {
            return Ok(Some(recorded.clone()));
        }
        let conflict = UnionConflict {
            id: login.session.id.as_uuid(),
            identity: key.identity.clone(),
            union_id: key.union_id.clone(),
            user_id,
            owner,
            first_seen_at: login.now,
        };
        self.conflicts.insert(key, conflict.clone());
        Ok(Some(conflict))
    }

    /// Makes the identity the user's and keeps the session key, unless a later login has brought one.
    fn settle_identity(&mut self, login: &LoginRecord, user_id: UserId, takes_union_id: bool) {
        if self.identities.get(&login.identity).is_none() {
            let identity = StoredIdentity {
                key: login.identity.clone(),
                user_id,
                tombstone: login.tombstones.identity,
                union_id: None,
                session_key: None,
                previous_session_key: None,
            };
            self.identities.insert(login.identity.clone(), identity);
        }
        self.identities.update(&login.identity, |identity| {
            if takes_union_id && login.union_id.is_some() {
                identity.union_id.clone_from(&login.union_id);
            }
            identity.keep_session_key(&login.session_key, login.previous_key_until, login.now);
        });
    }

    /// Makes the user if there is none yet, takes over the profile, and calls off an erasure: only a user
    /// who may come back gets here.
    fn settle_user(&mut self, login: &LoginRecord, id: UserId) -> Result<User, Inconsistent> {
        if self.user(id).is_none() {
            let user = User::new(id, login.now);
            self.users.insert(id, StoredUser { user, merged_into: None });
        }
        let user = self.change_user(id, |user| {
            if take_profile(user, &login.profile) {
                user.updated_at = user.updated_at.max(login.now);
            }
            if login.now.since(user.last_login_at) >= LAST_LOGIN_STEP {
                user.last_login_at = login.now;
            }
            user.erase_at = None;
        });
        user.ok_or(Inconsistent("a login's user was merged"))
    }
}
