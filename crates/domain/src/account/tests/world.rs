//! A small world: two apps, two openids in each, two unionids; and what must be true of it always.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::account::{
    Clearing, Command, ConflictKey, EndSessions, Ending, Erasure, ErasureStep, IdentityErasure,
    ImportedUser, LoginOutcome, LoginRecord, Merge, NewPhone, NewSession, OnErasing, OnUnknown,
    ProfileChange, Replay, SealedSessionKey, SessionKeyReplacement, SessionOutline, TokensUntil,
    Tombstones, UnionIdAcceptance, UserChange,
};
use crate::model::{
    AuditAction, AuditEvent, Generation, IdentityKey, LegacyId, Profile, Salt, SealedPhone,
    SessionId, Timestamp, UnionId, UserId, UserStatus, UserType, VisibleApps,
};
use crate::ports::{KeyedTag, Sealed};
use crate::testing::account_rows::{AccountRows, Consequences};
use crate::testing::contract::{app_id, open_id, sample_union_id};

pub(super) const IDENTITIES: usize = 4;
pub(super) const UNION_IDS: usize = 2;

/// Something that can happen. Identities and unionids are given by number, users by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    LogIn { identity: usize, union_id: Option<usize>, on_erasing: OnErasing, replay: Option<u8> },
    Ban(UserId),
    Unban(UserId),
    Erase(UserId, ErasureStep),
    EraseIdentity(usize),
    Merge { winner: UserId, loser: UserId },
    AcceptUnionId { identity: usize, union_id: usize },
    Import { identity: usize, legacy_id: u8, status: UserStatus },
    Rename(UserId),
    SetPhone(UserId, u8),
    ClearPhone(UserId),
    ReplaceSessionKey(usize),
    EndSessions(UserId),
}

/// The rows, and what is needed to make the next step.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) rows: AccountRows,
    pub(super) written: BTreeMap<Uuid, AuditEvent>,
    /// Logins may have so many sessions.
    pub(super) max_sessions: u32,
    /// Whether time passes with each step.
    pub(super) has_time: bool,
    steps: u64,
}

pub(super) fn identity(number: usize) -> IdentityKey {
    let (app, person) = (number / 2, number % 2);
    let app_id = app_id(u32::try_from(app).unwrap());
    IdentityKey { app_id, open_id: open_id(["alice", "bob"][person]) }
}

pub(super) fn union_id(number: usize) -> UnionId {
    sample_union_id(["one", "two"][number])
}

fn tag(kind: u8, number: usize) -> KeyedTag {
    KeyedTag([kind * 16 + u8::try_from(number).unwrap(); 32])
}

fn session_key(number: u64) -> SealedSessionKey {
    let bytes = number.to_be_bytes();
    let mut tag = [0; 32];
    tag[..8].copy_from_slice(&bytes);
    SealedSessionKey { sealed: Sealed(bytes.to_vec()), tag: KeyedTag(tag) }
}

pub(super) fn user_id(number: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(number))
}

impl World {
    pub(super) fn new(max_sessions: u32, has_time: bool) -> Self {
        let (rows, written) = (AccountRows::default(), BTreeMap::new());
        Self { rows, written, max_sessions, has_time, steps: 0 }
    }

    pub(super) fn now(&self) -> Timestamp {
        let steps = if self.has_time { i64::try_from(self.steps).unwrap() } else { 0 };
        Timestamp::from_millis(1_000 + 1_000 * steps)
    }

    fn later(&self, millis: i64) -> Timestamp {
        Timestamp::from_millis(self.now().as_millis() + millis)
    }

    /// Every user id that means something: users and bans that have outlived them.
    pub(super) fn user_ids(&self) -> BTreeSet<UserId> {
        let users = self.rows.users.values().filter(|stored| stored.merged_into.is_none());
        let tombstones = self.rows.tombstones.values().map(|tombstone| tombstone.user_id);
        users.map(|stored| stored.user.id).chain(tombstones).collect()
    }

    /// The smallest id that nobody has or has had as far as the rows tell.
    fn free_user_id(&self) -> UserId {
        let taken = self.user_ids();
        let is_free = |id: &UserId| !taken.contains(id) && !self.rows.users.contains_key(id);
        (1..=99).map(user_id).find(is_free).unwrap()
    }

    fn free_session_id(&self) -> SessionId {
        let mut ids = (1..=99).map(|number| SessionId::from_uuid(Uuid::from_u128(number << 64)));
        ids.find(|id| !self.rows.sessions.contains_key(id)).unwrap()
    }

    fn event(&self, action: AuditAction, user_id: UserId) -> AuditEvent {
        let id = Uuid::from_u128(u128::from(self.steps) << 32);
        let at = self.now();
        AuditEvent {
            id,
            at,
            action,
            user_id: Some(user_id),
            client_id: None,
            app_id: None,
            session_id: None,
            actor: None,
            reason: None,
        }
    }

    /// The login of a step, if it is one.
    fn login(&self, step: Step) -> Option<LoginRecord> {
        let Step::LogIn { identity: number, union_id: union, on_erasing, replay } = step else {
            return None;
        };
        Some(LoginRecord {
            identity: identity(number),
            union_id: union.map(union_id),
            tombstones: Tombstones {
                identity: tag(1, number),
                union_id: union.map(|number| tag(2, number)),
            },
            new_user_id: self.free_user_id(),
            profile: Profile::default(),
            session_key: session_key(if self.has_time { self.steps } else { 0 }),
            previous_key_until: self.later(500),
            session: NewSession {
                id: self.free_session_id(),
                generation: Generation::FIRST,
                salt: Salt([0; 16]),
                device: None,
                expires_at: self.later(4_500),
                ends_at: self.later(9_500),
            },
            replay: replay.map(|number| Replay {
                key: tag(3, number.into()),
                fingerprint: tag(4, number.into()),
            }),
            on_unknown: OnUnknown::Create,
            on_erasing,
            max_sessions: self.max_sessions,
            tokens_until: self.tokens_until(),
            now: self.now(),
        })
    }

    fn tokens_until(&self) -> TokensUntil {
        let until = self.later(900);
        TokensUntil { now: self.now(), access: until, original: until }
    }

    /// Whether a login with this identity and no unionid would be refused for a ban.
    pub(super) fn is_banned(&self, number: usize) -> bool {
        let known = self.rows.identities.get(&identity(number));
        match known.map(|identity| &self.rows.users[&identity.user_id].user) {
            Some(user) => user.status == UserStatus::Disabled,
            None => self.rows.tombstones.contains_key(&tag(1, number)),
        }
    }

    /// The user who answers for an identity's ban.
    fn banned_user(&self, number: usize) -> Option<UserId> {
        let known = self.rows.identities.get(&identity(number));
        let known = known.map(|identity| identity.user_id);
        known.or_else(|| Some(self.rows.tombstones.get(&tag(1, number))?.user_id))
    }

    /// Takes a step, then the same one again, and checks what must be true. The second time must change
    /// nothing. Returns what came of a login.
    pub(super) fn take(&mut self, step: Step) -> Option<LoginOutcome> {
        let before = self.clone();
        self.steps += 1;
        let prepared = self.clone();
        let (outcome, consequences) = match step {
            Step::LogIn { .. } => {
                let login = prepared.login(step).unwrap();
                let (mut outcomes, consequences) = self.run(std::slice::from_ref(&login));
                (outcomes.pop(), consequences)
            }
            _ => (None, self.change(&prepared, step)),
        };
        self.check_rows();
        self.check_step(&before, step, outcome.as_ref(), &consequences);
        let once = (self.rows.clone(), self.written.clone());
        match prepared.login(step) {
            Some(login) => drop(self.run(std::slice::from_ref(&login))),
            None => drop(self.change(&prepared, step)),
        }
        assert!((&self.rows, &self.written) == (&once.0, &once.1), "{step:?} twice is not once");
        outcome
    }

    fn run<C: Command + ?Sized>(&mut self, command: &C) -> (C::Outcome, Consequences) {
        let (outcome, consequences) = self.rows.run(command, &self.written).unwrap();
        let events = consequences.events.iter().map(|event| (event.id, event.clone()));
        self.written.extend(events);
        (outcome, consequences)
    }

    /// Runs a step that is no login, with ids and times from `prepared`.
    fn change(&mut self, prepared: &Self, step: Step) -> Consequences {
        let (tokens_until, now) = (prepared.tokens_until(), prepared.now());
        match step {
            Step::LogIn { .. } => panic!("a login is not a change"),
            Step::Ban(user) => self.run(&prepared.status(user, UserStatus::Disabled)).1,
            Step::Unban(user) => self.run(&prepared.status(user, UserStatus::Active)).1,
            Step::Erase(user_id, step) => {
                let event = prepared.event(AuditAction::UserErased, user_id);
                self.run(&Erasure { apps: VisibleApps::All, user_id, step, tokens_until, event }).1
            }
            Step::EraseIdentity(number) => {
                let event = prepared.event(AuditAction::IdentityErased, user_id(0));
                self.run(&IdentityErasure { identity: identity(number), tokens_until, event }).1
            }
            Step::Merge { winner, loser } => self.run(&prepared.merge(winner, loser)).1,
            Step::AcceptUnionId { identity: number, union_id: union } => {
                let (identity, union_id) = (identity(number), union_id(union));
                let acceptance = UnionIdAcceptance {
                    conflict: ConflictKey { identity, union_id },
                    apps: VisibleApps::All,
                    tombstone: tag(2, union),
                    event: prepared.event(AuditAction::UnionIdChanged, user_id(0)),
                };
                self.run(&acceptance).1
            }
            Step::Import { identity, legacy_id, status } => {
                self.run(&prepared.import(identity, legacy_id, status)).1
            }
            Step::Rename(user_id) => {
                let profile = Profile::from_claims(Some("小明"), None);
                self.run(&ProfileChange::set(user_id, profile, now)).1
            }
            Step::SetPhone(user_id, number) => {
                let tag = tag(5, number.into());
                let phone = SealedPhone { sealed: Sealed(vec![number]), tag };
                self.run(&NewPhone { user_id, phone, previous_tags: Vec::new(), now }).1
            }
            Step::ClearPhone(user_id) => {
                let event = prepared.event(AuditAction::PhoneReleased, user_id);
                let (nickname, avatar_url, phone) = (false, false, true);
                self.run(&Clearing {
                    apps: VisibleApps::All,
                    user_id,
                    nickname,
                    avatar_url,
                    phone,
                    event,
                })
                .1
            }
            Step::ReplaceSessionKey(number) => {
                let stored = prepared.rows.identities.get(&identity(number));
                let key = stored.and_then(|stored| stored.session_key.as_ref());
                let replaces = key.map_or(tag(6, 0), |(key, _)| key.tag);
                let key = session_key(1_000_000 + prepared.steps);
                let identity = identity(number);
                self.run(&SessionKeyReplacement { identity, replaces, key, now }).1
            }
            Step::EndSessions(user_id) => {
                let ending = Ending::AllBut(SessionId::from_uuid(Uuid::nil()));
                self.run(&EndSessions { user_id, ending, tokens_until, event: None }).1
            }
        }
    }

    fn status(&self, user_id: UserId, status: UserStatus) -> UserChange {
        let action = match status {
            UserStatus::Disabled => AuditAction::UserDisabled,
            UserStatus::Active => AuditAction::UserEnabled,
        };
        let events = vec![self.event(action, user_id)];
        UserChange {
            apps: VisibleApps::All,
            user_id,
            status: Some(status),
            user_type: None,
            tokens_until: self.tokens_until(),
            events,
            now: self.now(),
        }
    }

    fn merge(&self, winner: UserId, loser: UserId) -> Merge {
        let phone = |id| self.rows.users.get(&id)?.user.phone.clone();
        let event = self.event(AuditAction::UsersMerged, winner);
        let mut loser_event = self.event(AuditAction::UsersMerged, loser);
        loser_event.id = Uuid::from_u128(event.id.as_u128() + 1);
        let phone = phone(loser).filter(|_| phone(winner).is_none());
        Merge {
            apps: VisibleApps::All,
            winner,
            loser,
            phone,
            tokens_until: self.tokens_until(),
            event,
            loser_event,
        }
    }

    fn import(&self, number: usize, legacy_id: u8, status: UserStatus) -> ImportedUser {
        let new_user_id = self.free_user_id();
        ImportedUser {
            legacy_id: LegacyId::parse(&format!("old{legacy_id}")).unwrap(),
            identity: identity(number),
            tombstones: Tombstones { identity: tag(1, number), union_id: None },
            new_user_id,
            profile: Profile::default(),
            user_type: UserType::default(),
            status,
            session_key: None,
            created_at: self.now(),
            event: self.event(AuditAction::UserImported, new_user_id),
        }
    }

    /// What must be true of the rows at any time.
    fn check_rows(&self) {
        let AccountRows { users, identities, union_owners, conflicts, sessions, .. } = &self.rows;
        let is_user = |id: &UserId| users.get(id).is_some_and(|row| row.merged_into.is_none());
        for identity in identities.values() {
            assert!(is_user(&identity.user_id), "an identity belongs to one user who is there");
            if let Some(union_id) = &identity.union_id {
                let owner = union_owners.get(union_id).map(|owner| owner.user_id);
                assert_eq!(owner, Some(identity.user_id), "an identity's user owns its unionid");
            }
        }
        assert!(union_owners.values().all(|owner| is_user(&owner.user_id)), "owners are there");
        assert!(sessions.values().all(|row| is_user(&row.session.user_id)), "sessions have users");
        for conflict in conflicts.values() {
            assert!(is_user(&conflict.user_id), "a conflict is about a user");
            assert!(conflict.owner.is_none_or(|owner| is_user(&owner)), "the owner is there");
            assert_ne!(conflict.owner, Some(conflict.user_id), "nobody is in their own way");
        }
        for stored in users.values() {
            let mut id = stored.user.id;
            for _ in 0..=users.len() {
                id = users[&id].merged_into.unwrap_or(id);
            }
            assert!(is_user(&id), "a merged user is somebody who is there");
        }
        let phones = users.values().filter_map(|row| row.user.phone.as_ref()).map(|it| it.tag);
        assert_unique(phones, "a phone number belongs to one user");
        let legacy_ids = users.values().filter_map(|row| row.user.legacy_id.clone());
        assert_unique(legacy_ids, "an old id belongs to one user");
        let replays = sessions.values().filter_map(|row| row.replay).map(|replay| replay.key);
        assert_unique(replays, "a replay key belongs to one session");
    }

    /// What must be true of every step.
    fn check_step(
        &self,
        before: &Self,
        step: Step,
        outcome: Option<&LoginOutcome>,
        consequences: &Consequences,
    ) {
        if let Some(outcome) = outcome {
            self.check_login(before, step, outcome);
            self.check_union_id(before, step, outcome, consequences);
        }
        for number in 0..IDENTITIES {
            let is_lifted =
                matches!(step, Step::Unban(user) if before.banned_user(number) == Some(user));
            if before.is_banned(number) && !is_lifted {
                assert!(self.is_banned(number), "{step:?} lifts the ban of identity {number}");
            }
            if let Step::Ban(user) = step
                && self.rows.identities.get(&identity(number)).is_some_and(|it| it.user_id == user)
            {
                assert!(self.is_banned(number), "a ban is about every identity");
            }
        }
        let is_banned = |user: UserId| self.rows.users[&user].user.status == UserStatus::Disabled;
        for (id, stored) in &before.rows.sessions {
            let outline = SessionOutline::from(&stored.session);
            let has_tokens = self.tokens_until().last_of(&outline).is_some();
            let is_revoked = consequences.revocations.contains_key(&(*id).into());
            match self.rows.sessions.get(id) {
                None if has_tokens && !matches!(step, Step::Unban(_)) => {
                    assert!(is_revoked, "{step:?} ends a session and does not revoke it");
                }
                Some(kept) if has_tokens && is_banned(kept.session.user_id) => {
                    let was_banned = before.rows.users[&stored.session.user_id].user.status
                        == UserStatus::Disabled;
                    assert!(is_revoked || was_banned, "a banned user's session is not revoked");
                }
                None | Some(_) => {}
            }
        }
    }

    fn check_login(&self, before: &Self, step: Step, outcome: &LoginOutcome) {
        let Step::LogIn { identity: number, union_id, on_erasing, .. } = step else { return };
        match outcome {
            LoginOutcome::SignedIn { user, session, .. } => {
                assert!(!before.is_banned(number), "a banned person is signed in");
                assert_eq!(user.status, UserStatus::Active);
                assert_eq!(user.erase_at, None, "who signs in is not to be erased");
                assert_eq!(self.rows.users[&user.id].user, *user, "the answer is what is stored");
                assert_eq!(self.rows.sessions[&session.id].session, *session);
                assert_eq!(self.rows.identities[&identity(number)].user_id, user.id);
                let sessions = self.rows.sessions_of(user.id).count();
                let limit = usize::try_from(self.max_sessions).unwrap();
                assert!(sessions <= limit, "{sessions} sessions, {limit} are allowed");
            }
            LoginOutcome::Replayed(replayed) => {
                assert_eq!(replayed.user.status, UserStatus::Active);
                assert!(before.rows.sessions.contains_key(&replayed.session.id));
            }
            LoginOutcome::Disabled => {
                let is_banned = before.is_banned(number)
                    || union_id.is_some_and(|number| before.is_union_banned(number));
                assert!(is_banned, "somebody is refused for no ban");
            }
            LoginOutcome::Erasing => assert_eq!(on_erasing, OnErasing::Refuse),
            LoginOutcome::SignUpClosed => panic!("sign-up is open"),
        }
        if !matches!(outcome, LoginOutcome::SignedIn { .. }) {
            assert!(self.rows == before.rows, "a login that is refused writes nothing");
        }
    }

    /// A unionid is a conflict only if another user owns it, or did until the account was erased while
    /// banned. Any other is the user's from then on, and replacing an earlier one is audited.
    fn check_union_id(
        &self,
        before: &Self,
        step: Step,
        outcome: &LoginOutcome,
        consequences: &Consequences,
    ) {
        let Step::LogIn { identity: number, union_id: Some(union), .. } = step else { return };
        let LoginOutcome::SignedIn { user, union_conflict, .. } = outcome else { return };
        let (key, named) = (identity(number), union_id(union));
        let owner = before.rows.union_owners.get(&named).map(|owner| owner.user_id);
        let is_another = match owner {
            Some(owner) => owner != user.id,
            None => before.rows.tombstones.contains_key(&tag(2, union)),
        };
        assert_eq!(union_conflict.is_some(), is_another, "a conflict is what another user owns");
        let conflict = ConflictKey { identity: key.clone(), union_id: named.clone() };
        assert_eq!(self.rows.conflicts.contains_key(&conflict), is_another, "and no other stays");
        let stored = before.rows.identities.get(&key).and_then(|it| it.union_id.as_ref());
        let is_replaced = !is_another && stored.is_some_and(|stored| *stored != named);
        let is_audited = |event: &AuditEvent| event.action == AuditAction::UnionIdChanged;
        assert_eq!(consequences.events.iter().any(is_audited), is_replaced, "{step:?}");
        if !is_another {
            assert_eq!(self.rows.union_owners[&named].user_id, user.id);
            assert_eq!(self.rows.identities[&key].union_id.as_ref(), Some(&named));
        }
    }

    fn is_union_banned(&self, number: usize) -> bool {
        match self.rows.union_owners.get(&union_id(number)) {
            Some(owner) => self.rows.users[&owner.user_id].user.status == UserStatus::Disabled,
            None => self.rows.tombstones.contains_key(&tag(2, number)),
        }
    }
}

fn assert_unique<T: Ord + Clone>(values: impl Iterator<Item = T>, what: &str) {
    let all = values.collect::<Vec<_>>();
    assert_eq!(all.iter().cloned().collect::<BTreeSet<_>>().len(), all.len(), "{what}");
}
