use mongodb::bson::{self, Document, Uuid};
use wxlogin_domain::account::{Replay, Replayed, StoredSession};
use wxlogin_domain::model::{
    AppId, Device, Generation, OpenId, Revocation, Revoked, Salt, Session, SessionId, Timestamp,
};

use super::accounts::user_id;
use super::values::{binary, bytes, checked, from_bson, keyed_tag, to_bson, unexpected};
use crate::document;
use crate::error::Failure;

/// Parses a session in its user's document.
pub(crate) fn parsed_session(stored: &Document) -> Result<document::Session, Failure> {
    bson::deserialize_from_document(stored.clone()).map_err(|_| unexpected("users.sessions"))
}

pub(crate) fn session(user: Uuid, stored: &document::Session) -> Result<Session, Failure> {
    let generation = u32::try_from(stored.generation);
    Ok(Session {
        id: SessionId::from_uuid(from_bson(stored.id)),
        user_id: user_id(user),
        app_id: checked(&stored.app_id, AppId::parse, "users.sessions.app_id")?,
        open_id: checked(&stored.open_id, OpenId::parse, "users.sessions.open_id")?,
        device: stored.device.as_deref().map(Device::from_store),
        generation: Generation(generation.map_err(|_| unexpected("users.sessions.generation"))?),
        salt: Salt(bytes(&stored.salt, "users.sessions.salt")?),
        created_at: Timestamp::from_millis(stored.created_at),
        last_used_at: Timestamp::from_millis(stored.last_used_at),
        expires_at: Timestamp::from_millis(stored.expires_at),
        ends_at: Timestamp::from_millis(stored.ends_at),
    })
}

/// Returns the row of a session, with its replay record.
pub(crate) fn stored_session(
    user: Uuid,
    stored: &document::Session,
) -> Result<StoredSession, Failure> {
    let replay = match (&stored.replay_tag, &stored.replay_fingerprint) {
        (Some(tag), Some(fingerprint)) => Some(Replay {
            key: keyed_tag(tag, "users.sessions.replay_tag")?,
            fingerprint: keyed_tag(fingerprint, "users.sessions.replay_fingerprint")?,
        }),
        _ => None,
    };
    Ok(StoredSession { session: session(user, stored)?, replay })
}

pub(crate) fn new_session(row: &StoredSession) -> document::Session {
    let session = &row.session;
    document::Session {
        id: to_bson(session.id.as_uuid()),
        app_id: session.app_id.as_str().to_owned(),
        open_id: session.open_id.as_str().to_owned(),
        device: session.device.as_ref().map(|device| device.as_str().to_owned()),
        generation: i64::from(session.generation.0),
        salt: binary(&session.salt.0),
        replay_tag: row.replay.map(|replay| binary(&replay.key.0)),
        replay_fingerprint: row.replay.map(|replay| binary(&replay.fingerprint.0)),
        created_at: session.created_at.as_millis(),
        last_used_at: session.last_used_at.as_millis(),
        expires_at: session.expires_at.as_millis(),
        ends_at: session.ends_at.as_millis(),
    }
}

/// Returns what a login with the session's replay key gets, if the session has a replay record.
pub(crate) fn replayed(
    user: &document::User,
    stored: &document::Session,
) -> Result<Option<Replayed>, Failure> {
    let StoredSession { session, replay } = stored_session(user.id, stored)?;
    let Some(Replay { fingerprint, .. }) = replay else { return Ok(None) };
    Ok(Some(Replayed { user: super::accounts::user(user)?, session, fingerprint }))
}

pub(crate) fn revocation(revoked: document::Revoked) -> Revocation {
    Revocation {
        subject: Revoked::from_uuid(from_bson(revoked.subject)),
        until: Timestamp::from_millis(revoked.until),
    }
}
