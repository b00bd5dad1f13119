//! What a login changes about a user's document.

use std::cmp::Reverse;

use mongodb::bson::{Binary, Document, Uuid};
use wxlogin_domain::model::{UserStatus, UserType};
use wxlogin_domain::ports::LoginRecord;

use crate::convert;
use crate::document::{Session, User};
use crate::error::Failure;

/// Somebody the login is about to make.
pub(super) fn new_user(id: Uuid, login: &LoginRecord) -> User {
    let now = login.now.as_millis();
    User {
        id,
        user_type: UserType::default().0,
        status: i32::from(UserStatus::Active.code()),
        nickname: None,
        avatar_url: None,
        created_at: now,
        updated_at: now,
        last_login_at: now,
        version: 1,
        first_session: Some(convert::to_bson(login.session.id.as_uuid())),
        sessions: Vec::new(),
        replay_tags: None,
        audit_outbox: Vec::new(),
        superseded_by: None,
    }
}

/// Signs the user in; the session. The same login again changes nothing.
pub(super) fn sign_in(
    user: &mut User,
    login: &LoginRecord,
    replay_tag: Option<Binary>,
) -> Result<Session, Failure> {
    update_profile(user, login);
    open_session(user, login, replay_tag)
}

fn update_profile(user: &mut User, login: &LoginRecord) {
    let now = login.now.as_millis();
    let nickname = login.profile.nickname.as_ref().map(|name| name.as_str().to_owned());
    let avatar_url = login.profile.avatar_url.as_ref().map(|url| url.as_str().to_owned());
    let nickname = nickname.or_else(|| user.nickname.clone());
    let avatar_url = avatar_url.or_else(|| user.avatar_url.clone());
    if (&nickname, &avatar_url) != (&user.nickname, &user.avatar_url) {
        user.nickname = nickname;
        user.avatar_url = avatar_url;
        user.updated_at = user.updated_at.max(now);
    }
    user.last_login_at = user.last_login_at.max(now);
}

/// Opens the session and makes room for it.
fn open_session(
    user: &mut User,
    login: &LoginRecord,
    replay_tag: Option<Binary>,
) -> Result<Session, Failure> {
    let id = convert::to_bson(login.session.id.as_uuid());
    let mut sessions = Sessions::of(user)?;
    if let Some((opened, _)) = sessions.0.iter().find(|(session, _)| session.id == id) {
        return Ok(opened.clone());
    }
    let keep = usize::try_from(login.max_sessions.saturating_sub(1)).unwrap_or(usize::MAX);
    sessions.keep(keep, login.now.as_millis());
    if let Some(tag) = &replay_tag {
        // Were the session of an earlier try not over, this login would have been a replay.
        sessions.give_up_tag(tag);
    }
    let session = Session {
        id,
        app_id: login.identity.app_id.as_str().to_owned(),
        device: login.session.device.as_ref().map(|device| device.as_str().to_owned()),
        replay_tag,
        created_at: login.now.as_millis(),
        expires_at: login.session.expires_at.as_millis(),
    };
    sessions.0.push((session.clone(), convert::document(&session)?));
    sessions.put_into(user);
    Ok(session)
}

/// Takes a replay tag from the user's session that has it.
pub(super) fn give_up_tag(user: &mut User, tag: &Binary) -> Result<(), Failure> {
    let mut sessions = Sessions::of(user)?;
    sessions.give_up_tag(tag);
    sessions.put_into(user);
    Ok(())
}

/// A user's sessions, each as it is understood and as it is stored.
struct Sessions(Vec<(Session, Document)>);

impl Sessions {
    fn of(user: &User) -> Result<Self, Failure> {
        let understood = |stored: &Document| Ok((convert::stored_session(stored)?, stored.clone()));
        user.sessions.iter().map(understood).collect::<Result<_, _>>().map(Self)
    }

    /// Ends all but so many: first those that are over, then the oldest.
    fn keep(&mut self, keep: usize, now: i64) {
        self.0.sort_by_key(|(session, _)| {
            Reverse((session.expires_at > now, session.created_at, session.id))
        });
        self.0.truncate(keep);
    }

    fn give_up_tag(&mut self, tag: &Binary) {
        for (session, stored) in &mut self.0 {
            if session.replay_tag.as_ref() == Some(tag) {
                session.replay_tag = None;
                stored.remove("replay_tag");
            }
        }
    }

    fn put_into(self, user: &mut User) {
        let tags = self.0.iter().filter_map(|(session, _)| session.replay_tag.clone());
        let tags = tags.collect::<Vec<_>>();
        user.replay_tags = (!tags.is_empty()).then_some(tags);
        user.sessions = self.0.into_iter().map(|(_, stored)| stored).collect();
    }
}
