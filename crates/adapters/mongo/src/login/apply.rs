//! The changes of a login in the user's document.

use mongodb::bson::Uuid;
use wxlogin_domain::model::{Generation, UserStatus, UserType};
use wxlogin_domain::ports::{LoginRecord, Replay};

use crate::convert;
use crate::document::{OutboxEntry, Session, User};
use crate::error::Failure;
use crate::outbox::revocations;
use crate::user_sessions::Sessions;

/// The new session and what follows from it.
pub(super) struct Opened {
    pub(super) session: Session,
    /// The revocations of the removed sessions.
    pub(super) entries: Vec<OutboxEntry>,
}

/// A new user.
pub(super) fn new_user(id: Uuid, login: &LoginRecord) -> User {
    let now = login.now.as_millis();
    User {
        id,
        user_type: i64::from(UserType::default().0),
        status: i64::from(UserStatus::Active.code()),
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
        version: 1,
        first_session: Some(convert::to_bson(login.session.id.as_uuid())),
        sessions: Vec::new(),
        replay_tags: None,
        outbox: Vec::new(),
        mark: None,
        merging: None,
    }
}

/// Signs the user in. The same login again changes nothing.
pub(super) fn sign_in(
    user: &mut User,
    login: &LoginRecord,
    replay: Option<Replay>,
) -> Result<Opened, Failure> {
    update_profile(user, login);
    user.erase_at = None;
    open_session(user, login, replay)
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

/// Opens the session and applies the session limit.
fn open_session(
    user: &mut User,
    login: &LoginRecord,
    replay: Option<Replay>,
) -> Result<Opened, Failure> {
    let session = new_session(login, replay);
    let mut sessions = Sessions::of(user)?;
    if let Some(opened) = sessions.find(session.id) {
        return Ok(Opened { session: opened.clone(), entries: Vec::new() });
    }
    let keep = usize::try_from(login.max_sessions.saturating_sub(1)).unwrap_or(usize::MAX);
    let evicted = sessions.evict(keep, login.now.as_millis());
    if let Some(tag) = &session.replay_tag {
        // The session with this tag has expired; otherwise this login would have been a replay.
        sessions.release_tag(tag);
    }
    sessions.add(session.clone())?;
    sessions.store_in(user);
    Ok(Opened { session, entries: revocations(evicted, login.tokens_until).collect() })
}

fn new_session(login: &LoginRecord, replay: Option<Replay>) -> Session {
    let new = &login.session;
    Session {
        id: convert::to_bson(new.id.as_uuid()),
        app_id: login.identity.app_id.as_str().to_owned(),
        open_id: login.identity.open_id.as_str().to_owned(),
        device: new.device.as_ref().map(|device| device.as_str().to_owned()),
        generation: i64::from(Generation::FIRST.0),
        salt: convert::binary(&new.salt.0),
        replay_tag: replay.map(|replay| convert::binary(&replay.key.0)),
        replay_fingerprint: replay.map(|replay| convert::binary(&replay.fingerprint.0)),
        created_at: login.now.as_millis(),
        last_used_at: login.now.as_millis(),
        expires_at: new.expires_at.as_millis(),
        ends_at: new.ends_at.as_millis(),
    }
}
