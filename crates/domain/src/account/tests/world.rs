//! A small world: two apps, two openids in each, two unionids; and what must be true of it always.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::account::{
    Clearing, EndSessions, Ending, Erasure, ErasureStep, IdentityErasure, ImportOutcome,
    ImportedUser, LoginOutcome, LoginRecord, Merge, NewPhone, NewSession, OnErasing, OnUnknown,
    ProfileChange, Replay, SealedSessionKey, SessionKeyReplacement, Tombstones, UserChange,
};
use crate::model::{
    AuditAction, AuditEvent, IdentityKey, LegacyId, Nickname, Profile, Salt, SealedPhone,
    SessionId, Timestamp, UnionId, UserId, UserStatus,
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

/// What a step says, as far as the properties ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    LogIn(LoginOutcome),
    Other(String),
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
        (1..).map(user_id).find(is_free).unwrap()
    }

    fn free_session_id(&self) -> SessionId {
        let mut ids = (1..).map(|number| SessionId::from_uuid(Uuid::from_u128(number << 64)));
        ids.find(|id| !self.rows.sessions.contains_key(id)).unwrap()
    }

    fn event(&self, action: AuditAction, user_id: UserId) -> AuditEvent {
        let id = Uuid::from_u128(u128::from(self.steps) << 32);
        let at = self.now();
        AuditEvent { id, at, action, user_id, session_id: None, actor: None, reason: None }
    }

    fn login(
        &self,
        number: usize,
        union: Option<usize>,
        on_erasing: OnErasing,
        replay: Option<u8>,
    ) -> LoginRecord {
        LoginRecord {
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
            tokens_until: self.later(900),
            now: self.now(),
        }
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
    /// nothing.
    pub(super) fn take(&mut self, step: Step) -> Said {
        let before = self.clone();
        self.steps += 1;
        let prepared = self.clone();
        let (said, consequences) = self.run(&prepared, step);
        self.check_rows();
        self.check_step(&before, step, &said, &consequences);
        let once = (self.rows.clone(), self.written.clone());
        self.run(&prepared, step);
        assert!((&self.rows, &self.written) == (&once.0, &once.1), "{step:?} twice is not once");
        said
    }

    /// Runs the step's command, with ids and times from `prepared`.
    fn run(&mut self, prepared: &Self, step: Step) -> (Said, Consequences) {
        let tokens_until = prepared.later(900);
        let now = prepared.now();
        let rows = &mut self.rows;
        let written = &self.written;
        let other = |said: &dyn std::fmt::Debug| Said::Other(format!("{said:?}"));
        let (said, consequences) = match step {
            Step::LogIn { identity, union_id, on_erasing, replay } => {
                let login = prepared.login(identity, union_id, on_erasing, replay);
                let (mut outcomes, consequences) =
                    rows.run(std::slice::from_ref(&login), written).unwrap();
                (Said::LogIn(outcomes.remove(0)), consequences)
            }
            Step::Ban(user_id) | Step::Unban(user_id) => {
                let is_ban = matches!(step, Step::Ban(_));
                let (status, action) = if is_ban {
                    (UserStatus::Disabled, AuditAction::UserDisabled)
                } else {
                    (UserStatus::Active, AuditAction::UserEnabled)
                };
                let events = vec![prepared.event(action, user_id)];
                let (status, user_type) = (Some(status), None);
                let change = UserChange { user_id, status, user_type, tokens_until, events, now };
                let (said, consequences) = rows.run(&change, written).unwrap();
                (other(&said), consequences)
            }
            Step::Erase(user_id, step) => {
                let event = prepared.event(AuditAction::UserErased, user_id);
                let erasure = Erasure { user_id, step, tokens_until, event };
                let (said, consequences) = rows.run(&erasure, written).unwrap();
                (other(&said), consequences)
            }
            Step::EraseIdentity(number) => {
                let event = prepared.event(AuditAction::IdentityErased, user_id(0));
                let erasure = IdentityErasure { identity: identity(number), tokens_until, event };
                let (said, consequences) = rows.run(&erasure, written).unwrap();
                (other(&said), consequences)
            }
            Step::Merge { winner, loser } => {
                let phone = |id| prepared.rows.users.get(&id)?.user.phone.clone();
                let event = prepared.event(AuditAction::UsersMerged, winner);
                let mut loser_event = prepared.event(AuditAction::UsersMerged, loser);
                loser_event.id = Uuid::from_u128(event.id.as_u128() + 1);
                let phone = phone(loser).filter(|_| phone(winner).is_none());
                let merge = Merge { winner, loser, phone, tokens_until, event, loser_event };
                let (said, consequences) = rows.run(&merge, written).unwrap();
                (other(&said), consequences)
            }
            Step::Import { identity: number, legacy_id, status } => {
                let new_user_id = prepared.free_user_id();
                let imported = ImportedUser {
                    legacy_id: LegacyId::parse(&format!("old{legacy_id}")).unwrap(),
                    identity: identity(number),
                    tombstones: Tombstones { identity: tag(1, number), union_id: None },
                    new_user_id,
                    profile: Profile::default(),
                    user_type: crate::model::UserType::default(),
                    status,
                    session_key: None,
                    created_at: now,
                    event: prepared.event(AuditAction::UserImported, new_user_id),
                };
                let (said, consequences) = rows.run(&imported, written).unwrap();
                if said == ImportOutcome::Made(new_user_id) {
                    assert!(rows.users.contains_key(&new_user_id));
                }
                (other(&said), consequences)
            }
            Step::Rename(user_id) => {
                let profile =
                    Profile { nickname: Nickname::parse("小明").ok(), ..Profile::default() };
                let change = ProfileChange { user_id, profile, now };
                let (said, consequences) = rows.run(&change, written).unwrap();
                (other(&said), consequences)
            }
            Step::SetPhone(user_id, number) => {
                let tag = tag(5, number.into());
                let phone = SealedPhone { sealed: Sealed(vec![number]), tag };
                let new = NewPhone { user_id, phone, now };
                let (said, consequences) = rows.run(&new, written).unwrap();
                (other(&said), consequences)
            }
            Step::ClearPhone(user_id) => {
                let event = prepared.event(AuditAction::PhoneReleased, user_id);
                let (nickname, avatar_url, phone) = (false, false, true);
                let clearing = Clearing { user_id, nickname, avatar_url, phone, event };
                let (said, consequences) = rows.run(&clearing, written).unwrap();
                (other(&said), consequences)
            }
            Step::ReplaceSessionKey(number) => {
                let stored = prepared.rows.identities.get(&identity(number));
                let key = stored.and_then(|stored| stored.session_key.clone());
                let replacement = SessionKeyReplacement {
                    identity: identity(number),
                    replaces: key.map_or(tag(6, 0), |(key, _)| key.tag),
                    key: session_key(1_000_000 + prepared.steps),
                    now,
                };
                let (said, consequences) = rows.run(&replacement, written).unwrap();
                (other(&said), consequences)
            }
            Step::EndSessions(user_id) => {
                let ending = Ending::AllBut(SessionId::from_uuid(Uuid::nil()));
                let end = EndSessions { user_id, ending, tokens_until, event: None };
                let (said, consequences) = rows.run(&end, written).unwrap();
                (other(&said), consequences)
            }
        };
        let events = consequences.events.iter().map(|event| (event.id, event.clone()));
        self.written.extend(events);
        (said, consequences)
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
    fn check_step(&self, before: &Self, step: Step, said: &Said, consequences: &Consequences) {
        if let Said::LogIn(outcome) = said {
            self.check_login(before, step, outcome);
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
            let is_alive = !stored.session.is_over(self.now());
            let is_revoked = consequences.revocations.contains_key(&(*id).into());
            match self.rows.sessions.get(id) {
                None if is_alive && !matches!(step, Step::Unban(_)) => {
                    assert!(is_revoked, "{step:?} ends a session and does not revoke it");
                }
                Some(kept) if is_banned(kept.session.user_id) => {
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
