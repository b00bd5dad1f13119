//! Applies logins, one after the other, to what was read for them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use uuid::Uuid;
use wxlogin_domain::model::{UnionConflict, UserStatus, UserType};
use wxlogin_domain::ports::{LoginOutcome, LoginRecord, OnUnknown};

use super::row::{Row, Rows};
use crate::convert;
use crate::entity::{identity, identity_conflict, session, union_id, user};
use crate::error::Failure;

/// Everything a batch has read and will write.
#[derive(Default)]
pub(super) struct Working {
    pub(super) identities: Rows<(String, String), identity::Model>,
    pub(super) union_ids: Rows<String, union_id::Model>,
    pub(super) users: Rows<Uuid, user::Model>,
    pub(super) conflicts: Rows<(String, String, String), identity_conflict::Model>,
    /// Sessions that replay tags of the batch have opened.
    pub(super) replays: HashMap<Vec<u8>, session::Model>,
    /// Sessions of this batch.
    pub(super) opened: Rows<Uuid, session::Model>,
    /// What each user is signed in on.
    pub(super) living: BTreeMap<Uuid, Living>,
    /// Sessions that make room.
    pub(super) ended: BTreeSet<Uuid>,
    /// Sessions that are over and give up their replay tag.
    pub(super) tagless: BTreeSet<Uuid>,
}

/// A user's sessions, as far as the limit needs to know them.
pub(super) enum Living {
    /// So few that this batch cannot fill the limit.
    Few,
    /// All of them.
    Listed(Vec<OpenSession>),
}

impl Living {
    pub(super) fn push(&mut self, session: OpenSession) {
        match self {
            Self::Few => {}
            Self::Listed(sessions) => sessions.push(session),
        }
    }
}

/// What the limit looks at.
#[derive(Clone, Copy)]
pub(super) struct OpenSession {
    pub(super) id: Uuid,
    pub(super) created_at: i64,
    pub(super) expires_at: i64,
}

impl Working {
    /// A user of whom nothing is listed yet is new, and has no session but those of this batch.
    pub(super) fn living(&mut self, user: Uuid) -> &mut Living {
        self.living.entry(user).or_insert_with(|| Living::Listed(Vec::new()))
    }

    /// Applies one login.
    pub(super) fn apply(&mut self, login: &LoginRecord) -> Result<LoginOutcome, Failure> {
        let key =
            (login.identity.app_id.as_str().to_owned(), login.identity.open_id.as_str().to_owned());
        let named = login.union_id.as_ref().map(wxlogin_domain::model::UnionId::as_str);
        let owner = named.and_then(|named| Some(self.union_ids.get(named)?.model.user_id));
        let known = self.identities.get(&key).map(|row| row.model.user_id).or(owner);
        let user_id = match (known, login.on_unknown) {
            (Some(user_id), _) => user_id,
            (None, OnUnknown::Refuse) => return Ok(LoginOutcome::SignUpClosed),
            (None, OnUnknown::Create) => login.new_user_id.as_uuid(),
        };
        if known.is_some() && self.status(user_id)? == UserStatus::Disabled {
            return Ok(LoginOutcome::Disabled);
        }
        let held = self.held_by(login);
        if let Some(earlier) = held.filter(|earlier| earlier.user_id == user_id) {
            return self.replayed(earlier);
        }
        let replay_tag = login.replay.filter(|_| held.is_none()).map(|replay| replay.0.0.to_vec());
        let union_conflict = self.settle_union(login, &key, user_id, owner)?;
        self.settle_identity(login, key, user_id, union_conflict.is_none());
        let user = self.settle_user(login, user_id);
        let session = self.open_session(login, user_id, replay_tag);
        Ok(LoginOutcome::SignedIn {
            user: convert::user(user)?,
            is_new: user_id == login.new_user_id.as_uuid(),
            session: convert::session(session)?,
            union_conflict,
        })
    }

    fn status(&self, user_id: Uuid) -> Result<UserStatus, Failure> {
        let row = self.users.get(&user_id);
        let row = row.ok_or_else(|| Failure::Unexpected("an identity's user has gone".into()))?;
        Ok(convert::user(row.model.clone())?.status)
    }

    /// The living session that an earlier login has opened with this replay key. The same record
    /// given again is not an earlier login: it goes through and changes nothing.
    fn held_by(&self, login: &LoginRecord) -> Option<&session::Model> {
        self.replays.get(login.replay?.0.0.as_slice()).filter(|earlier| {
            earlier.id != login.session.id.as_uuid()
                && earlier.expires_at > login.now.as_millis()
                && !self.ended.contains(&earlier.id)
        })
    }

    fn replayed(&self, earlier: &session::Model) -> Result<LoginOutcome, Failure> {
        let user = self.users.get(&earlier.user_id);
        let user = user.ok_or_else(|| Failure::Unexpected("a session's user has gone".into()))?;
        Ok(LoginOutcome::Replayed {
            user: convert::user(user.model.clone())?,
            session: convert::session(earlier.clone())?,
        })
    }

    /// Claims the unionid for the user, or records why that cannot be.
    fn settle_union(
        &mut self,
        login: &LoginRecord,
        key: &(String, String),
        user_id: Uuid,
        owner: Option<Uuid>,
    ) -> Result<Option<UnionConflict>, Failure> {
        let Some(named) = login.union_id.as_ref().map(|union| union.as_str().to_owned()) else {
            return Ok(None);
        };
        let stored = self.identities.get(key).and_then(|row| row.model.union_id.as_ref());
        let changed = stored.is_some_and(|stored| *stored != named);
        let other_owner = owner.filter(|owner| *owner != user_id);
        if !changed && other_owner.is_none() {
            let claim = union_id::Model { union_id: named.clone(), user_id };
            self.union_ids.entry(named).or_insert_with(|| Row::new(claim));
            return Ok(None);
        }
        let (app_id, open_id) = key.clone();
        let conflict = identity_conflict::Model {
            app_id: app_id.clone(),
            open_id: open_id.clone(),
            union_id: named.clone(),
            user_id,
            owner_id: other_owner,
            first_seen_at: login.now.as_millis(),
        };
        let row = self.conflicts.entry((app_id, open_id, named)).or_insert(Row::new(conflict));
        Ok(Some(convert::conflict(&row.model)?))
    }

    fn settle_identity(
        &mut self,
        login: &LoginRecord,
        key: (String, String),
        user_id: Uuid,
        take_union: bool,
    ) {
        let now = login.now.as_millis();
        let union = login.union_id.as_ref().filter(|_| take_union);
        let union = union.map(|union| union.as_str().to_owned());
        let (app_id, open_id) = key.clone();
        let row = self.identities.entry(key).or_insert_with(|| {
            Row::new(identity::Model {
                app_id,
                open_id,
                user_id,
                union_id: None,
                session_key: Vec::new(),
                session_key_tag: Vec::new(),
                session_key_at: i64::MIN,
            })
        });
        if union.is_some() && row.model.union_id != union {
            row.change().union_id = union;
        }
        if row.model.session_key_at <= now {
            let identity = row.change();
            identity.session_key.clone_from(&login.session_key.sealed.0);
            identity.session_key_tag = login.session_key.tag.0.to_vec();
            identity.session_key_at = now;
        }
    }

    fn settle_user(&mut self, login: &LoginRecord, user_id: Uuid) -> user::Model {
        let now = login.now.as_millis();
        let nickname = login.profile.nickname.as_ref().map(|name| name.as_str().to_owned());
        let avatar_url = login.profile.avatar_url.as_ref().map(|url| url.as_str().to_owned());
        let row = self.users.entry(user_id).or_insert_with(|| {
            Row::new(user::Model {
                id: user_id,
                user_type: UserType::default().0,
                status: UserStatus::Active.code(),
                nickname: None,
                avatar_url: None,
                created_at: now,
                updated_at: now,
                last_login_at: now,
            })
        });
        let before = row.model.clone();
        let mut after = before.clone();
        after.nickname = nickname.or(after.nickname);
        after.avatar_url = avatar_url.or(after.avatar_url);
        if (&after.nickname, &after.avatar_url) != (&before.nickname, &before.avatar_url) {
            after.updated_at = after.updated_at.max(now);
        }
        after.last_login_at = after.last_login_at.max(now);
        if after != before {
            row.change().clone_from(&after);
        }
        after
    }

    /// Opens the session and makes room for it.
    fn open_session(
        &mut self,
        login: &LoginRecord,
        user_id: Uuid,
        replay_tag: Option<Vec<u8>>,
    ) -> session::Model {
        let id = login.session.id.as_uuid();
        if let Some(opened) = self.opened.get(&id) {
            return opened.model.clone();
        }
        let opened = session::Model {
            id,
            user_id,
            app_id: login.identity.app_id.as_str().to_owned(),
            device: login.session.device.as_ref().map(|device| device.as_str().to_owned()),
            replay_tag,
            created_at: login.now.as_millis(),
            expires_at: login.session.expires_at.as_millis(),
        };
        if let Some(tag) = &opened.replay_tag
            && let Some(over) = self.replays.insert(tag.clone(), opened.clone())
        {
            // Were its session not over, this login would have been a replay.
            self.tagless.insert(over.id);
            if let Some(row) = self.opened.get_mut(&over.id) {
                row.change().replay_tag = None;
            }
        }
        self.opened.insert(id, Row::new(opened.clone()));
        self.end_surplus(login, user_id, &opened);
        opened
    }

    fn end_surplus(&mut self, login: &LoginRecord, user_id: Uuid, opened: &session::Model) {
        let now = login.now.as_millis();
        let keep = usize::try_from(login.max_sessions.saturating_sub(1)).unwrap_or(usize::MAX);
        let Living::Listed(sessions) = self.living(user_id) else { return };
        // The ones to keep come first: the living before those that are over, then the youngest.
        sessions.sort_by_key(|session| {
            std::cmp::Reverse((session.expires_at > now, session.created_at, session.id))
        });
        let surplus = sessions.split_off(keep.min(sessions.len()));
        sessions.push(OpenSession {
            id: opened.id,
            created_at: opened.created_at,
            expires_at: opened.expires_at,
        });
        for session in surplus {
            // One of this batch is not even written.
            self.opened.remove(&session.id);
            self.ended.insert(session.id);
        }
    }
}
