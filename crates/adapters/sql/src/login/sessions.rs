//! The sessions of a batch: which are opened, which are repetitions, and which make room.

use std::cmp::Reverse;

use uuid::Uuid;
use wxlogin_domain::model::Generation;
use wxlogin_domain::ports::{LoginRecord, Replay};

use super::apply::Working;
use super::row::Row;
use crate::entity::session;

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

    /// The living session that an earlier login has opened with this replay key. The same record
    /// given again is not an earlier login: it goes through and changes nothing.
    pub(super) fn held_by(&self, login: &LoginRecord) -> Option<&session::Model> {
        self.replays.get(login.replay?.key.0.as_slice()).filter(|earlier| {
            earlier.id != login.session.id.as_uuid()
                && earlier.expires_at > login.now.as_millis()
                && !self.ended.contains(&earlier.id)
        })
    }

    /// Opens the session and makes room for it.
    pub(super) fn open_session(
        &mut self,
        login: &LoginRecord,
        user_id: Uuid,
        replay: Option<Replay>,
    ) -> session::Model {
        let id = login.session.id.as_uuid();
        if let Some(opened) = self.opened.get(&id) {
            return opened.model.clone();
        }
        let opened = session::Model {
            id,
            user_id,
            app_id: login.identity.app_id.as_str().to_owned(),
            open_id: login.identity.open_id.as_str().to_owned(),
            device: login.session.device.as_ref().map(|device| device.as_str().to_owned()),
            generation: Generation::FIRST.0.into(),
            salt: login.session.salt.0.to_vec(),
            replay_tag: replay.map(|replay| replay.key.0.to_vec()),
            replay_fingerprint: replay.map(|replay| replay.fingerprint.0.to_vec()),
            created_at: login.now.as_millis(),
            last_used_at: login.now.as_millis(),
            expires_at: login.session.expires_at.as_millis(),
            ends_at: login.session.ends_at.as_millis(),
        };
        if let Some(tag) = &opened.replay_tag
            && let Some(over) = self.replays.insert(tag.clone(), opened.clone())
        {
            // Were its session not over, this login would have been a replay.
            self.tagless.insert(over.id);
            if let Some(row) = self.opened.get_mut(&over.id) {
                let session = row.change();
                session.replay_tag = None;
                session.replay_fingerprint = None;
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
            Reverse((session.expires_at > now, session.created_at, session.id))
        });
        let surplus = sessions.split_off(keep.min(sessions.len()));
        sessions.push(OpenSession {
            id: opened.id,
            created_at: opened.created_at,
            expires_at: opened.expires_at,
        });
        for session in surplus {
            // One of this batch is not even written, but its tokens may be out when this is.
            self.opened.remove(&session.id);
            self.ended.insert(session.id);
            if session.expires_at > now {
                self.revoked.insert(session.id, login.tokens_until);
            }
        }
    }
}
