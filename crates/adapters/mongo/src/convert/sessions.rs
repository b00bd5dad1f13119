use mongodb::bson::{self, Document, Uuid};
use wxlogin_domain::model::{
    AppId, Device, Generation, OpenId, Revocation, Revoked, Salt, Session, SessionId, Timestamp,
    UserId,
};
use wxlogin_domain::ports::Replayed;

use super::values::{bytes, checked, from_bson, keyed_tag, optional, unexpected};
use crate::document;
use crate::error::Failure;

/// Parses a session in its user's document.
pub(crate) fn stored_session(stored: &Document) -> Result<document::Session, Failure> {
    bson::deserialize_from_document(stored.clone()).map_err(|_| unexpected("users.sessions"))
}

pub(crate) fn session(user_id: Uuid, stored: &document::Session) -> Result<Session, Failure> {
    let generation = u32::try_from(stored.generation);
    Ok(Session {
        id: SessionId::from_uuid(from_bson(stored.id)),
        user_id: UserId::from_uuid(from_bson(user_id)),
        app_id: checked(&stored.app_id, AppId::parse, "users.sessions.app_id")?,
        open_id: checked(&stored.open_id, OpenId::parse, "users.sessions.open_id")?,
        device: optional(stored.device.as_deref(), Device::parse, "users.sessions.device")?,
        generation: Generation(generation.map_err(|_| unexpected("users.sessions.generation"))?),
        salt: Salt(bytes(&stored.salt, "users.sessions.salt")?),
        created_at: Timestamp::from_millis(stored.created_at),
        last_used_at: Timestamp::from_millis(stored.last_used_at),
        expires_at: Timestamp::from_millis(stored.expires_at),
        ends_at: Timestamp::from_millis(stored.ends_at),
    })
}

/// Returns the replay record of a session, if it has one.
pub(crate) fn replayed(
    user: &document::User,
    stored: &document::Session,
) -> Result<Option<Replayed>, Failure> {
    let Some(fingerprint) = &stored.replay_fingerprint else { return Ok(None) };
    Ok(Some(Replayed {
        user: super::accounts::user(user)?,
        session: session(user.id, stored)?,
        fingerprint: keyed_tag(fingerprint, "users.sessions.replay_fingerprint")?,
    }))
}

pub(crate) fn revocation(revoked: document::Revoked) -> Revocation {
    Revocation {
        subject: Revoked::from_uuid(from_bson(revoked.subject)),
        until: Timestamp::from_millis(revoked.until),
    }
}
