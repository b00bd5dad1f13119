use wxlogin_domain::account::{Replay, Replayed, StoredSession};
use wxlogin_domain::model::{Device, Generation, Salt, Session, SessionId, Timestamp, UserId};
use wxlogin_domain::ports::StoreError;

use super::account::{identity_key, user};
use super::value::{fixed, tag, unexpected};
use crate::entity::{session, user};

pub(crate) fn session(row: session::Model) -> Result<Session, StoreError> {
    stored_session(row).map(|stored| stored.session)
}

pub(crate) fn generation(value: i64) -> Result<Generation, StoreError> {
    u32::try_from(value).map(Generation).map_err(|_| unexpected("sessions.generation"))
}

pub(crate) fn stored_session(row: session::Model) -> Result<StoredSession, StoreError> {
    let identity = identity_key(&row.app_id, &row.open_id)?;
    let session = Session {
        id: SessionId::from_uuid(row.id),
        user_id: UserId::from_uuid(row.user_id),
        app_id: identity.app_id,
        open_id: identity.open_id,
        device: row.device.as_deref().map(Device::from_store),
        generation: generation(row.generation)?,
        salt: Salt(fixed(row.salt, "sessions.salt")?),
        created_at: Timestamp::from_millis(row.created_at),
        last_used_at: Timestamp::from_millis(row.last_used_at),
        expires_at: Timestamp::from_millis(row.expires_at),
        ends_at: Timestamp::from_millis(row.ends_at),
    };
    let replay = match row.replay_tag {
        Some(key) => Some(Replay {
            key: tag(key, "sessions.replay_tag")?,
            fingerprint: tag(
                row.replay_fingerprint.unwrap_or_default(),
                "sessions.replay_fingerprint",
            )?,
        }),
        None => None,
    };
    Ok(StoredSession { session, replay })
}

pub(crate) fn session_row(StoredSession { session, replay }: StoredSession) -> session::Model {
    let (replay_tag, replay_fingerprint) =
        replay.map(|replay| (replay.key.0.to_vec(), replay.fingerprint.0.to_vec())).unzip();
    session::Model {
        id: session.id.as_uuid(),
        user_id: session.user_id.as_uuid(),
        app_id: session.app_id.as_str().to_owned(),
        open_id: session.open_id.as_str().to_owned(),
        device: session.device.map(|device| device.as_str().to_owned()),
        generation: session.generation.0.into(),
        salt: session.salt.0.to_vec(),
        replay_tag,
        replay_fingerprint,
        created_at: session.created_at.as_millis(),
        last_used_at: session.last_used_at.as_millis(),
        expires_at: session.expires_at.as_millis(),
        ends_at: session.ends_at.as_millis(),
    }
}

/// What the login that opened a session has left; `None` when its replay record is gone.
pub(crate) fn replayed(
    row: session::Model,
    of: user::Model,
) -> Result<Option<Replayed>, StoreError> {
    let StoredSession { session, replay } = stored_session(row)?;
    let Some(Replay { fingerprint, .. }) = replay else { return Ok(None) };
    Ok(Some(Replayed { user: user(of)?, session, fingerprint }))
}
