//! The sessions in a user's document.

use mongodb::bson::{Binary, Document, Uuid};

use crate::convert;
use crate::document::{Session, User};
use crate::error::Failure;

/// A user's sessions, each parsed and as it is stored.
pub(crate) struct Sessions(Vec<(Session, Document)>);

impl Sessions {
    pub(crate) fn of(user: &User) -> Result<Self, Failure> {
        let parsed = |stored: &Document| Ok((convert::parsed_session(stored)?, stored.clone()));
        user.sessions.iter().map(parsed).collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Session> {
        self.0.iter().map(|(session, _)| session)
    }

    pub(crate) fn tags(&self) -> Vec<Binary> {
        self.iter().filter_map(|session| session.replay_tag.clone()).collect()
    }

    /// Adds the sessions of another user.
    pub(crate) fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub(crate) fn find(&self, id: Uuid) -> Option<&Session> {
        self.iter().find(|session| session.id == id)
    }

    pub(crate) fn add(&mut self, session: Session) -> Result<(), Failure> {
        let stored = convert::document(&session)?;
        self.0.push((session, stored));
        Ok(())
    }

    pub(crate) fn remove(&mut self, id: Uuid) {
        self.0.retain(|(session, _)| session.id != id);
    }

    /// Removes at most `limit` expired sessions and returns how many.
    pub(crate) fn remove_expired(&mut self, now: i64, limit: usize) -> usize {
        self.0.extract_if(.., |(session, _)| session.expires_at <= now).take(limit).count()
    }

    /// Removes at most `limit` replay records of sessions opened before this time and returns how
    /// many.
    pub(crate) fn clear_replays(&mut self, before: i64, limit: usize) -> usize {
        let old = |session: &Session| session.replay_tag.is_some() && session.created_at < before;
        let old = self.0.iter_mut().filter(|(session, _)| old(session)).take(limit);
        old.map(|(session, stored)| clear_replay(session, stored)).count()
    }

    /// Removes the replay record of a session.
    pub(crate) fn clear_replay(&mut self, id: Uuid) {
        if let Some((session, stored)) = self.0.iter_mut().find(|(session, _)| session.id == id) {
            clear_replay(session, stored);
        }
    }

    /// Removes a replay tag from the session that has it.
    pub(crate) fn release_tag(&mut self, tag: &Binary) {
        for (session, stored) in &mut self.0 {
            if session.replay_tag.as_ref() == Some(tag) {
                clear_replay(session, stored);
            }
        }
    }

    pub(crate) fn store_in(self, user: &mut User) {
        let tags = self.tags();
        user.replay_tags = (!tags.is_empty()).then_some(tags);
        user.sessions = self.0.into_iter().map(|(_, stored)| stored).collect();
    }
}

fn clear_replay(session: &mut Session, stored: &mut Document) {
    session.replay_tag = None;
    session.replay_fingerprint = None;
    stored.remove("replay_tag");
    stored.remove("replay_fingerprint");
}
