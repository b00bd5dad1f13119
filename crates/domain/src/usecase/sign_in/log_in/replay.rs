//! A login that is repeated because its answer was lost.

use std::time::Duration;

use super::LogInRequest;
use super::run::Run;
use crate::model::{AppId, Generation, Malformed, Timestamp};
use crate::ports::{Replay, Replayed, Sealer, StoreError, TagPurpose};
use crate::usecase::tokens::access_tokens::TokenKind;

/// A client's own mark of one login, by which a repetition is recognised (`Idempotency-Key`, see
/// <https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/>). Whoever knows it
/// and the code can fetch the session, so it does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Checks a key. 22 characters are what 128 random bits need in base64. The quotes that the
    /// draft wants around it may be left out.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        let shaped = (22..=128).contains(&inner.len())
            && inner.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\');
        if shaped {
            Ok(Self(inner.to_owned()))
        } else {
            Err(Malformed("an idempotency key is 22 to 128 visible characters, made at random"))
        }
    }
}

impl std::fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IdempotencyKey(…)")
    }
}

/// How long a login can be repeated.
const REPEATABLE: Duration = Duration::from_mins(1);

/// How often and how long the session of an earlier try is looked for: that try may be on its way
/// on another instance.
const LOOKS: u32 = 10;
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// How a repetition of the request will be recognised.
pub(super) fn tags(
    sealer: &dyn Sealer,
    app_id: &AppId,
    request: &LogInRequest,
    kind: TokenKind,
) -> Option<Replay> {
    let key = request.idempotency_key.as_ref()?;
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
    Some(Replay {
        key: sealer.tag(TagPurpose::Replay, &key),
        fingerprint: sealer.tag(TagPurpose::ReplayFingerprint, &fingerprint),
    })
}

/// Every part after its length, so that no two lists are the same bytes.
fn encode(parts: &[Option<&str>]) -> Vec<u8> {
    let mut encoded = Vec::new();
    for part in parts {
        let len = part.map_or(u64::MAX, |part| part.len() as u64);
        encoded.extend_from_slice(&len.to_be_bytes());
        encoded.extend_from_slice(part.unwrap_or_default().as_bytes());
    }
    encoded
}

/// What an earlier try means for this one.
pub(super) enum Earlier {
    /// It has opened this session, which can be handed out again.
    Opened(Box<Replayed>),
    /// It was another request.
    Other,
    /// It was too long ago, or its session has gone on or ended since.
    Over,
}

impl Earlier {
    pub(super) fn of(found: Replayed, replay: Replay, now: Timestamp) -> Self {
        let session = &found.session;
        if found.fingerprint != replay.fingerprint {
            Self::Other
        } else if session.generation != Generation::FIRST
            || session.is_over(now)
            || now.since(session.created_at) > REPEATABLE
        {
            Self::Over
        } else {
            Self::Opened(Box::new(found))
        }
    }
}

impl Run {
    /// What an earlier try has left, if anything.
    pub(super) async fn earlier(&self) -> Result<Option<Earlier>, StoreError> {
        let Some(replay) = self.replay else { return Ok(None) };
        let found = self.parts.sessions.find_replay(replay.key).await?;
        Ok(found.map(|found| Earlier::of(found, replay, self.parts.clock.now())))
    }

    /// The same, and again for a second.
    pub(super) async fn earlier_soon(&self) -> Result<Option<Earlier>, StoreError> {
        if self.replay.is_none() {
            return Ok(None);
        }
        for _ in 0..LOOKS {
            tokio::time::sleep(BETWEEN_LOOKS).await;
            if let Some(earlier) = self.earlier().await? {
                return Ok(Some(earlier));
            }
        }
        Ok(None)
    }
}
