//! Creates refresh tokens and parses them.
//!
//! ```text
//! token     = base64url( head ‖ MAC (32) ‖ outer MAC (32) )
//! head      = version (1) ‖ key id (4) ‖ session id (16) ‖ generation (4)
//! MAC       = HMAC-SHA256 over the head and the session's salt, under a derived key
//! outer MAC = HMAC-SHA256 over everything before it, under another derived key
//! ```
//!
//! A session's generation always has the same token, so tokens need not be stored. The outer MAC needs
//! nothing from the database: a forged token is refused without looking its session up. Tokens of
//! version 1 have no outer MAC. They are accepted until they expire, but not issued any more. Tokens under
//! a previous master key are accepted, too; a refresh replaces them by one under the current key.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::model::{Generation, RefreshToken, Salt, Session, SessionId, Timestamp};
use crate::ports::{KeyId, KeyedTag, Sealer, TagPurpose};

/// The version without an outer MAC.
const VERSION_1: u8 = 1;
const VERSION: u8 = 2;
const HEAD: usize = 25;
const MAC: usize = 32;

/// Lifetime and number of sessions.
#[derive(Debug, Clone, Copy)]
pub struct SessionPolicy {
    /// The longest that a session lasts.
    pub lifetime: Duration,
    /// How long a session lasts without being refreshed.
    pub idle: Duration,
    /// The largest number of sessions per user.
    pub max_per_user: u32,
}

impl SessionPolicy {
    /// How long a replaced refresh token still returns its successor, for clients that lost the
    /// answer.
    pub const GRACE: Duration = Duration::from_secs(30);
}

/// A refresh token and its lifetime.
#[derive(Debug, Clone)]
pub struct IssuedRefreshToken {
    /// The token.
    pub token: RefreshToken,
    /// The lifetime, from now.
    pub expires_in: Duration,
}

/// Creates and parses refresh tokens.
pub struct RefreshTokens {
    sealer: Arc<dyn Sealer>,
}

/// The fields of a well-formed token whose inner MAC has not been checked.
pub(crate) struct Presented {
    /// Whether the outer MAC shows that wxlogin issued it. A token of version 1 has none.
    pub(crate) is_ours: bool,
    pub(crate) session_id: SessionId,
    pub(crate) generation: Generation,
    head: [u8; HEAD],
    mac: KeyedTag,
}

impl RefreshTokens {
    pub(crate) fn new(sealer: Arc<dyn Sealer>) -> Self {
        Self { sealer }
    }

    /// Returns the session's current token.
    #[must_use]
    pub fn token(&self, session: &Session) -> RefreshToken {
        let head = self.head(VERSION, session.id, session.generation);
        let mac = self.sealer.tag(TagPurpose::RefreshToken, &authenticated(&head, session.salt));
        let mut token = [head.as_slice(), &mac.0].concat();
        let outer = self.sealer.tag(TagPurpose::RefreshTokenOuter, &token);
        token.extend_from_slice(&outer.0);
        RefreshToken::new(BASE64_URL_SAFE_NO_PAD.encode(token))
    }

    /// Returns the session's current token with its remaining lifetime.
    pub(crate) fn issue(&self, session: &Session, now: Timestamp) -> IssuedRefreshToken {
        IssuedRefreshToken { token: self.token(session), expires_in: session.expires_at.since(now) }
    }

    /// Parses a token; `None` if it cannot be one of wxlogin's.
    pub(crate) fn parse(&self, token: &RefreshToken) -> Option<Presented> {
        // First, so that nothing long is decoded.
        if token.expose().len() > (HEAD + 2 * MAC).div_ceil(3) * 4 {
            return None;
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token.expose()).ok()?;
        let (signed, outer) = bytes.split_at_checked(HEAD + MAC)?;
        let (version, is_ours) = if outer.is_empty() {
            (VERSION_1, false)
        } else {
            let outer = KeyedTag(outer.try_into().ok()?);
            if !self.sealer.matches(TagPurpose::RefreshTokenOuter, signed, &outer) {
                return None;
            }
            (VERSION, true)
        };
        let (head, mac) = signed.split_first_chunk::<HEAD>()?;
        let key_id = KeyId(*head[1..].first_chunk()?);
        let session_id = SessionId::from_uuid(Uuid::from_slice(&head[5..21]).ok()?);
        let generation = Generation(u32::from_be_bytes(head[21..].try_into().ok()?));
        let mac = KeyedTag(mac.try_into().ok()?);
        let is_known = head[0] == version && self.knows(key_id);
        is_known.then_some(Presented { is_ours, session_id, generation, head: *head, mac })
    }

    /// Whether wxlogin issued the token for this session, compared in constant time.
    pub(crate) fn is_authentic(&self, presented: &Presented, session: &Session) -> bool {
        let value = authenticated(&presented.head, session.salt);
        presented.session_id == session.id
            && self.sealer.matches(TagPurpose::RefreshToken, &value, &presented.mac)
    }

    fn knows(&self, key_id: KeyId) -> bool {
        key_id == self.sealer.key_id() || self.sealer.previous_key_ids().contains(&key_id)
    }

    fn head(&self, version: u8, session_id: SessionId, generation: Generation) -> [u8; HEAD] {
        let mut head = [0; HEAD];
        head[0] = version;
        head[1..5].copy_from_slice(&self.sealer.key_id().0);
        head[5..21].copy_from_slice(session_id.as_uuid().as_bytes());
        head[21..].copy_from_slice(&generation.0.to_be_bytes());
        head
    }
}

fn authenticated(head: &[u8; HEAD], salt: Salt) -> Vec<u8> {
    [head.as_slice(), &salt.0].concat()
}

#[cfg(test)]
impl RefreshTokens {
    /// Returns the session's current token of version 1.
    pub(crate) fn token_1(&self, session: &Session) -> RefreshToken {
        let head = self.head(VERSION_1, session.id, session.generation);
        let mac = self.sealer.tag(TagPurpose::RefreshToken, &authenticated(&head, session.salt));
        RefreshToken::new(BASE64_URL_SAFE_NO_PAD.encode([head.as_slice(), &mac.0].concat()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::MemoryStore;
    use crate::testing::contract::Sample;
    use crate::testing::{FakeMasterKeys, FakeSealer};

    async fn session() -> Session {
        Sample::of("oAlice").sign_in(&MemoryStore::stores()).await.session
    }

    #[tokio::test]
    async fn a_token_names_its_session_and_generation() {
        let tokens = RefreshTokens::new(Arc::new(FakeSealer));
        let session = session().await;
        let token = tokens.token(&session);
        assert_eq!(token.expose().len(), 119);
        assert_eq!(token, tokens.token(&session), "the same again");
        let read = tokens.parse(&token).unwrap();
        assert_eq!((read.session_id, read.generation), (session.id, Generation::FIRST));
        assert!(tokens.is_authentic(&read, &session));
        let next = Session { generation: Generation(2), ..session.clone() };
        assert_ne!(tokens.token(&next), token);
        assert!(tokens.is_authentic(&read, &next), "an old one is authentic all the same");
        let resalted = Session { salt: Salt([9; 16]), ..session };
        assert!(!tokens.is_authentic(&read, &resalted));
    }

    #[tokio::test]
    async fn a_token_without_an_outer_mac_is_still_authentic() {
        let tokens = RefreshTokens::new(Arc::new(FakeSealer));
        let session = session().await;
        let presented = tokens.parse(&tokens.token_1(&session)).unwrap();
        assert!(!presented.is_ours && tokens.is_authentic(&presented, &session));
        let other = Session { salt: Salt([9; 16]), ..session };
        assert!(!tokens.is_authentic(&presented, &other));
    }

    #[tokio::test]
    async fn a_token_under_a_previous_master_key_is_authentic() {
        let tokens = |keys: &[u8]| RefreshTokens::new(Arc::new(FakeMasterKeys::of(keys)));
        let session = session().await;
        let old = [tokens(&[1]).token(&session), tokens(&[1]).token_1(&session)];
        for token in &old {
            let rotated = tokens(&[2, 1]);
            let presented = rotated.parse(token).unwrap();
            assert!(rotated.is_authentic(&presented, &session));
            assert!(tokens(&[2]).parse(token).is_none(), "the key was removed");
        }
        let new = tokens(&[2, 1]).token(&session);
        assert!(tokens(&[2]).parse(&new).is_some(), "new tokens are under the current key");
        assert!(
            tokens(&[1, 2]).parse(&new).is_some(),
            "and an instance still to be changed knows it"
        );
    }

    #[tokio::test]
    async fn every_changed_byte_is_detected() {
        let tokens = RefreshTokens::new(Arc::new(FakeSealer));
        let session = session().await;
        let token = BASE64_URL_SAFE_NO_PAD.decode(tokens.token(&session).expose()).unwrap();
        for position in 0..token.len() {
            let mut changed = token.clone();
            changed[position] ^= 1;
            let changed = RefreshToken::new(BASE64_URL_SAFE_NO_PAD.encode(changed));
            let authentic =
                tokens.parse(&changed).is_some_and(|read| tokens.is_authentic(&read, &session));
            assert!(!authentic, "byte {position}");
            assert!(tokens.parse(&changed).is_none(), "byte {position}: the session is looked up");
        }
        for wrong in ["", "x", "é", &"A".repeat(76), &"=".repeat(76), &"A".repeat(1_000_000)] {
            assert!(tokens.parse(&RefreshToken::new(wrong.into())).is_none());
        }
    }
}
