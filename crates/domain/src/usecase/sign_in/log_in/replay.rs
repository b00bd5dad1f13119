//! Recognises a login that is repeated because its answer was lost.

use std::time::Duration;

use super::request::LogInRequest;
use crate::model::{AppId, Generation, Timestamp};
use crate::ports::{Replay, Replayed, Sealer, TagPurpose};
use crate::usecase::tokens::access_tokens::TokenKind;

/// How long a login can be repeated.
const REPEATABLE: Duration = Duration::from_mins(1);

/// The keyed tags by which a repetition of the request is recognised: first those under the current master
/// key, then those that an instance with another one has stored.
pub(super) fn tags(
    sealer: &dyn Sealer,
    app_id: &AppId,
    request: &LogInRequest,
    kind: TokenKind,
) -> Vec<Replay> {
    let Some(key) = &request.idempotency_key else { return Vec::new() };
    let key = encode(&[Some(app_id.as_str()), Some(&key.0)]);
    let fingerprint = encode(&[
        Some(app_id.as_str()),
        Some(&request.code.0),
        request.nickname.as_deref(),
        request.avatar_url.as_deref(),
        request.device.as_deref(),
        request.restore.then_some("restore"),
        request.phone_code.as_ref().map(|code| code.0.as_str()),
        match kind {
            TokenKind::Access => None,
            TokenKind::Original => Some("original"),
        },
    ]);
    let tags = |purpose, value: &[u8]| {
        std::iter::once(sealer.tag(purpose, value)).chain(sealer.previous_tags(purpose, value))
    };
    tags(TagPurpose::Replay, &key)
        .zip(tags(TagPurpose::ReplayFingerprint, &fingerprint))
        .map(|(key, fingerprint)| Replay { key, fingerprint })
        .collect()
}

/// Puts each part behind its length, so that different lists have different bytes.
fn encode(parts: &[Option<&str>]) -> Vec<u8> {
    let mut encoded = Vec::new();
    for part in parts {
        let len = part.map_or(u64::MAX, |part| part.len() as u64);
        encoded.extend_from_slice(&len.to_be_bytes());
        encoded.extend_from_slice(part.unwrap_or_default().as_bytes());
    }
    encoded
}

/// An earlier login with the same idempotency key.
pub(super) enum Earlier {
    /// The same request. Its session can be handed out again.
    Repeatable(Box<Replayed>),
    /// Another request.
    Different,
    /// The same request, but too long ago, or its session was refreshed or ended since.
    Expired,
}

impl Earlier {
    pub(super) fn of(found: Replayed, replay: Replay, now: Timestamp) -> Self {
        let session = &found.session;
        if found.fingerprint != replay.fingerprint {
            Self::Different
        } else if session.generation > Generation::FIRST
            || session.is_over(now)
            || now.since(session.created_at) > REPEATABLE
        {
            Self::Expired
        } else {
            Self::Repeatable(Box::new(found))
        }
    }
}
