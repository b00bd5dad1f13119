use super::{Identity, Owner, StoredSession, Tables};
use crate::model::{Session, UnionConflict, User, UserId, UserStatus, UserType};
use crate::ports::{LoginOutcome, LoginRecord, OnErasing, OnUnknown, Replay, Replayed};

impl Tables {
    pub(super) fn record_login(&mut self, login: &LoginRecord) -> LoginOutcome {
        let known = self.identities.get(&login.identity).map(|identity| identity.user_id);
        if known.is_none() && self.tombstones.contains_key(&login.tombstones.identity) {
            return LoginOutcome::Disabled;
        }
        let owner = login.union_id.as_ref().and_then(|id| self.union_ids.get(id));
        let owner = owner.map(|owner| owner.user_id);
        let user_id = match (known.or(owner), login.on_unknown) {
            (Some(user_id), _) => user_id,
            (None, _) if self.is_union_buried(login) => return LoginOutcome::Disabled,
            (None, OnUnknown::Refuse) => return LoginOutcome::SignUpClosed,
            (None, OnUnknown::Create) => login.new_user_id,
        };
        if let Some(user) = self.users.get_mut(&user_id) {
            match (user.status, user.erase_at, login.on_erasing) {
                (UserStatus::Disabled, _, _) => return LoginOutcome::Disabled,
                (UserStatus::Active, Some(_), OnErasing::Refuse) => return LoginOutcome::Erasing,
                (UserStatus::Active, Some(_), OnErasing::Restore) => user.erase_at = None,
                (UserStatus::Active, None, _) => {}
            }
        }
        let held = self.held_by(login);
        if let Some((replay, earlier)) =
            held.clone().filter(|(_, earlier)| earlier.user_id == user_id)
        {
            let user = self.users[&user_id].clone();
            let fingerprint = replay.fingerprint;
            return LoginOutcome::Replayed(Replayed { user, session: earlier, fingerprint });
        }
        let replay = login.replay.filter(|_| held.is_none());
        self.make_user(login, user_id);
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

    fn is_union_buried(&self, login: &LoginRecord) -> bool {
        login.tombstones.union_id.is_some_and(|tag| self.tombstones.contains_key(&tag))
    }

    /// The living session that another login has opened with this replay key.
    fn held_by(&self, login: &LoginRecord) -> Option<(Replay, Session)> {
        let key = login.replay?.key;
        self.sessions.values().find_map(|stored| {
            let replay = stored.replay.filter(|replay| replay.key == key)?;
            let session = &stored.session;
            let is_held = session.id != login.session.id && !session.is_over(login.now);
            is_held.then(|| (replay, session.clone()))
        })
    }

    fn make_user(&mut self, login: &LoginRecord, id: UserId) {
        self.users.entry(id).or_insert_with(|| User {
            id,
            user_type: UserType::default(),
            status: UserStatus::Active,
            nickname: None,
            avatar_url: None,
            legacy_id: None,
            phone: None,
            erase_at: None,
            created_at: login.now,
            updated_at: login.now,
            last_login_at: login.now,
        });
    }

    /// Writes the identity and claims the unionid, or reports why that cannot be.
    fn settle_identity(
        &mut self,
        login: &LoginRecord,
        user_id: UserId,
        owner: Option<UserId>,
    ) -> Option<UnionConflict> {
        let tombstone = login.tombstones.identity;
        let is_free = owner.is_none() && !self.is_union_buried(login);
        let identity = self.identities.entry(login.identity.clone()).or_insert_with(|| Identity {
            user_id,
            tombstone,
            union_id: None,
            session_key: None,
            previous_key: None,
        });
        if identity.session_key.as_ref().is_none_or(|(_, at)| *at <= login.now) {
            let replaced = identity.session_key.replace((login.session_key.clone(), login.now));
            if let Some((key, _)) = replaced.filter(|(key, _)| key.tag != login.session_key.tag) {
                identity.previous_key = Some((key.sealed, login.previous_key_until));
            }
        }
        let named = login.union_id.clone()?;
        let changed = identity.union_id.as_ref().is_some_and(|stored| *stored != named);
        let other_owner = owner.filter(|owner| *owner != user_id);
        if !changed && (is_free || owner == Some(user_id)) {
            identity.union_id = Some(named.clone());
            let tombstone = login.tombstones.union_id.expect("it comes with the unionid");
            self.union_ids.insert(named, Owner { user_id, tombstone });
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
        replay: Option<Replay>,
    ) -> Session {
        let session = login.session.opened(user_id, &login.identity, login.now);
        let stored = StoredSession { session: session.clone(), replay };
        let session = self.sessions.entry(session.id).or_insert(stored).session.clone();
        let mut others: Vec<_> = self
            .sessions
            .values()
            .map(|stored| &stored.session)
            .filter(|other| other.user_id == user_id && other.id != session.id)
            .map(|other| (!other.is_over(login.now), other.created_at, other.id))
            .collect();
        others.sort_unstable();
        let keep = usize::try_from(login.max_sessions.saturating_sub(1)).unwrap_or(usize::MAX);
        let surplus = &others[..others.len().saturating_sub(keep)];
        for (_, _, id) in surplus {
            self.sessions.remove(id);
        }
        let living = surplus.iter().filter(|(lives, _, _)| *lives).map(|(_, _, id)| *id);
        self.revoke(living.collect::<Vec<_>>(), login.tokens_until);
        session
    }
}
