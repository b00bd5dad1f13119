//! Applies logins, one after the other, to what was read for them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use uuid::Uuid;
use wxlogin_domain::model::{Timestamp, UnionConflict, UserStatus, UserType};
use wxlogin_domain::ports::{
    KeyedTag, LoginOutcome, LoginRecord, OnErasing, OnUnknown, SealedSessionKey,
};

use super::row::{Row, Rows};
use super::sessions::Living;
use crate::convert;
use crate::entity::{identity, identity_conflict, session, union_id, user};
use crate::error::Failure;
use crate::identities;

/// Everything a batch has read and will write.
#[derive(Default)]
pub(super) struct Working {
    pub(super) identities: Rows<(String, String), identity::Model>,
    pub(super) union_ids: Rows<String, union_id::Model>,
    pub(super) users: Rows<Uuid, user::Model>,
    pub(super) conflicts: Rows<(String, String, String), identity_conflict::Model>,
    /// Tags by which people are remembered whose ban outlived the account.
    pub(super) tombstones: HashSet<Vec<u8>>,
    /// Sessions that replay tags of the batch have opened.
    pub(super) replays: HashMap<Vec<u8>, session::Model>,
    /// Sessions of this batch.
    pub(super) opened: Rows<Uuid, session::Model>,
    /// What each user is signed in on.
    pub(super) living: BTreeMap<Uuid, Living>,
    /// Sessions that make room.
    pub(super) ended: BTreeSet<Uuid>,
    /// Those of them that were not over, and until when they are revoked.
    pub(super) revoked: BTreeMap<Uuid, Timestamp>,
    /// Sessions that are over and give up their replay tag.
    pub(super) tagless: BTreeSet<Uuid>,
}

impl Working {
    /// Applies one login.
    pub(super) fn apply(&mut self, login: &LoginRecord) -> Result<LoginOutcome, Failure> {
        let key = key_of(login);
        let named = login.union_id.as_ref().map(wxlogin_domain::model::UnionId::as_str);
        let owner = named.and_then(|named| Some(self.union_ids.get(named)?.model.user_id));
        let known = self.identities.get(&key).map(|row| row.model.user_id);
        if known.is_none() && self.is_buried(login.tombstones.identity) {
            return Ok(LoginOutcome::Disabled);
        }
        let known = known.or(owner);
        let user_id = match (known, login.on_unknown) {
            (Some(user_id), _) => user_id,
            (None, _) if self.is_union_buried(login) => return Ok(LoginOutcome::Disabled),
            (None, OnUnknown::Refuse) => return Ok(LoginOutcome::SignUpClosed),
            (None, OnUnknown::Create) => login.new_user_id.as_uuid(),
        };
        if known.is_some() {
            let user = self.user(user_id)?;
            let status = convert::user(user.clone())?.status;
            match (status, user.erase_at, login.on_erasing) {
                (UserStatus::Disabled, _, _) => return Ok(LoginOutcome::Disabled),
                (UserStatus::Active, Some(_), OnErasing::Refuse) => {
                    return Ok(LoginOutcome::Erasing);
                }
                (UserStatus::Active, None, _)
                | (UserStatus::Active, Some(_), OnErasing::Restore) => {}
            }
        }
        let held = self.held_by(login);
        if let Some(earlier) = held.filter(|earlier| earlier.user_id == user_id) {
            let user = self.user(user_id)?.clone();
            return Ok(LoginOutcome::Replayed(convert::replayed(user, earlier.clone())?));
        }
        let replay = login.replay.filter(|_| held.is_none());
        let union_conflict = self.settle_union(login, &key, user_id, owner)?;
        self.settle_identity(login, key, user_id, union_conflict.is_none());
        let user = self.settle_user(login, user_id);
        let session = self.open_session(login, user_id, replay);
        Ok(LoginOutcome::SignedIn {
            user: convert::user(user)?,
            is_new: user_id == login.new_user_id.as_uuid(),
            session: convert::session(session)?,
            union_conflict,
        })
    }

    fn user(&self, id: Uuid) -> Result<&user::Model, Failure> {
        let row = self.users.get(&id);
        let row = row.ok_or_else(|| Failure::Unexpected("an identity's user has gone".into()))?;
        Ok(&row.model)
    }

    fn is_buried(&self, tag: KeyedTag) -> bool {
        self.tombstones.contains(tag.0.as_slice())
    }

    fn is_union_buried(&self, login: &LoginRecord) -> bool {
        login.tombstones.union_id.is_some_and(|tag| self.is_buried(tag))
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
        let is_free = owner.is_none() && !self.is_union_buried(login);
        if !changed && (is_free || owner == Some(user_id)) {
            let tombstone = login.tombstones.union_id.map(|tag| tag.0.to_vec());
            let tombstone = tombstone.ok_or_else(|| {
                Failure::Unexpected("a login names a unionid without its tombstone".into())
            })?;
            let claim = union_id::Model { union_id: named.clone(), user_id, tombstone };
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
                tombstone: login.tombstones.identity.0.to_vec(),
                union_id: None,
                session_key: None,
                session_key_tag: None,
                session_key_at: None,
                previous_session_key: None,
                previous_session_key_until: None,
            })
        });
        if union.is_some() && row.model.union_id != union {
            row.change().union_id = union;
        }
        if row.model.session_key_at.is_none_or(|at| at <= now) {
            let SealedSessionKey { sealed, tag } = &login.session_key;
            let identity = row.change();
            let tag = Some(tag.0.to_vec());
            let replaced = identity.session_key.replace(sealed.0.clone());
            if replaced.is_some() && identity.session_key_tag != tag {
                identity.previous_session_key = replaced;
                identity.previous_session_key_until = Some(login.previous_key_until.as_millis());
            }
            identity.session_key_tag = tag;
            identity.session_key_at = Some(now);
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
                legacy_id: None,
                phone: None,
                phone_tag: None,
                merged_into: None,
                erase_at: None,
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
        // Whoever gets here and was to be erased has come back.
        after.erase_at = None;
        if after != before {
            row.change().clone_from(&after);
        }
        after
    }
}

/// The key of a login's identity.
pub(super) fn key_of(login: &LoginRecord) -> (String, String) {
    identities::key_of(&login.identity)
}
