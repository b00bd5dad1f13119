//! Sessions: how many a user may have, and how they end.

use std::cmp::Reverse;

use super::rows::SessionList;
use super::{
    Command, Inconsistent, Keys, LoginRecord, Replay, SessionOutline, StoredSession, TokensUntil,
    UnitOfWork,
};
use crate::model::{AuditEvent, Session, SessionId, Timestamp, UserId};

/// Which sessions of a user end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// This one.
    One(SessionId),
    /// All but this one.
    AllBut(SessionId),
}

/// Sessions that are to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndSessions {
    /// Their user; the id of a user who was merged means the user they are now.
    pub user_id: UserId,
    /// Which.
    pub ending: Ending,
    /// When their access tokens have expired by themselves.
    pub tokens_until: TokensUntil,
    /// What the audit log will say, if this is worth a line. It is written when a session ends, with
    /// the id of the user it belonged to.
    pub event: Option<AuditEvent>,
}

/// How many sessions have ended.
impl Command for EndSessions {
    type Outcome = u64;

    fn keys(&self, unit: &UnitOfWork) -> Keys {
        let id = unit.current_id(self.user_id);
        let mut keys = Keys { users: [id].into(), ..Keys::default() };
        if unit.user(id).is_some() {
            keys.session_lists.insert(id, 0);
        }
        keys
    }

    fn apply(&self, unit: &mut UnitOfWork) -> Result<u64, Inconsistent> {
        let user_id = unit.current_id(self.user_id);
        let ended =
            unit.end_sessions(user_id, Some(self.tokens_until), |session| match self.ending {
                Ending::One(id) => session.id == id,
                Ending::AllBut(id) => session.id != id,
            });
        if ended > 0 {
            let event =
                self.event.clone().map(|event| AuditEvent { user_id: Some(user_id), ..event });
            unit.events.extend(event);
        }
        Ok(ended)
    }
}

impl UnitOfWork {
    /// The living session that an earlier login has opened with this replay key. The same login given
    /// again is not an earlier one: it goes through and changes nothing.
    pub(super) fn holder_of_replay(&self, login: &LoginRecord) -> Option<&StoredSession> {
        let holder = self.sessions.get(self.replays.get(&login.replay?.key)?)?;
        let session = &holder.session;
        (session.id != login.session.id && !session.is_over(login.now)).then_some(holder)
    }

    /// Opens the session of a login and makes room for it.
    pub(super) fn open_session(
        &mut self,
        login: &LoginRecord,
        user_id: UserId,
        replay: Option<Replay>,
    ) -> Session {
        if let Some(opened) = self.sessions.get(&login.session.id) {
            return opened.session.clone();
        }
        let session = login.session.opened(user_id, &login.identity, login.now);
        if let Some(replay) = replay
            && let Some(holder) = self.replays.insert(replay.key, session.id)
        {
            // The holder is over, or this login would have been a repetition of it.
            self.sessions.update(&holder, |holder| holder.replay = None);
        }
        self.end_surplus(login, user_id);
        let outline = SessionOutline::from(&session);
        let list = self.session_lists.entry(user_id);
        if let SessionList::All(sessions) = list.or_insert_with(|| SessionList::All(Vec::new())) {
            sessions.push(outline);
        }
        self.sessions.insert(session.id, StoredSession { session: session.clone(), replay });
        session
    }

    /// Ends what exceeds the limit of sessions once the login's session is added: first those that are
    /// over, then the oldest. Those whose tokens may still be valid are revoked.
    fn end_surplus(&mut self, login: &LoginRecord, user_id: UserId) {
        let keep = usize::try_from(login.max_sessions.saturating_sub(1)).unwrap_or(usize::MAX);
        // A user whose sessions were not listed is new.
        let Some(SessionList::All(sessions)) = self.session_lists.get_mut(&user_id) else { return };
        sessions.sort_by_key(|session| {
            Reverse((session.expires_at > login.now, session.created_at, session.id))
        });
        let surplus = sessions.split_off(keep.min(sessions.len()));
        for session in surplus {
            self.end_session(session.id);
            self.revoke_session(&session, login.tokens_until);
        }
    }

    /// Ends the user's sessions for which `ends` is true, and revokes their access tokens if it is given
    /// when these expire by themselves. How many ended.
    pub(super) fn end_sessions(
        &mut self,
        user_id: UserId,
        tokens_until: Option<TokensUntil>,
        ends: impl Fn(&SessionOutline) -> bool,
    ) -> u64 {
        let Some(SessionList::All(sessions)) = self.session_lists.get_mut(&user_id) else {
            return 0;
        };
        let ended = sessions.extract_if(.., |session| ends(session)).collect::<Vec<_>>();
        for session in &ended {
            self.end_session(session.id);
            if let Some(tokens_until) = tokens_until {
                self.revoke_session(session, tokens_until);
            }
        }
        u64::try_from(ended.len()).unwrap_or(u64::MAX)
    }

    /// Revokes the access tokens of all of the user's sessions, which stay.
    pub(super) fn revoke_sessions(&mut self, user_id: UserId, tokens_until: TokensUntil) {
        let Some(SessionList::All(sessions)) = self.session_lists.get(&user_id) else { return };
        for session in sessions.clone() {
            self.revoke_session(&session, tokens_until);
        }
    }

    /// Revokes the session's access tokens, unless all of them have expired.
    fn revoke_session(&mut self, session: &SessionOutline, tokens_until: TokensUntil) {
        if let Some(until) = tokens_until.last_of(session) {
            self.revocations.insert(session.id.into(), until);
        }
    }

    /// When the last access token of the user's sessions expires, unless all of them have expired.
    pub(super) fn last_token_of(
        &self,
        user_id: UserId,
        tokens_until: TokensUntil,
    ) -> Option<Timestamp> {
        let SessionList::All(sessions) = self.session_lists.get(&user_id)? else { return None };
        sessions.iter().filter_map(|session| tokens_until.last_of(session)).max()
    }

    /// Makes the loser's sessions the winner's.
    pub(super) fn move_sessions(&mut self, loser: UserId, winner: UserId) {
        let Some(SessionList::All(moved)) = self.session_lists.remove(&loser) else { return };
        self.moved_sessions.extend(moved.iter().map(|session| (session.id, winner)));
        if let Some(SessionList::All(sessions)) = self.session_lists.get_mut(&winner) {
            sessions.extend(moved);
        }
    }

    fn end_session(&mut self, id: SessionId) {
        let is_stored = !self.sessions.is_inserted(&id);
        self.sessions.delete(&id);
        // One that was opened by the same batch was never written, but its tokens may be out.
        if is_stored {
            self.ended_sessions.insert(id);
        }
    }
}
