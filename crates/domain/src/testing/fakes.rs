use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::model::{AccessClaims, AccessToken, ClientAddress, Timestamp};
use crate::ports::{
    CallLimiter, Caller, CannotOpen, Clock, CryptoFault, KeyId, KeyRing, KeyedTag, LimitedCall,
    Place, PrivateKey, Randomness, RateLimiter, RetryAfter, Sealed, Sealer, SigningKey, TagPurpose,
    TokenRejected, TokenSigner,
};

/// A clock that a test moves.
pub struct ManualClock(AtomicI64);

impl Default for ManualClock {
    /// Starts at 2026-01-01T00:00:00Z.
    fn default() -> Self {
        Self(AtomicI64::new(1_767_225_600_000))
    }
}

impl ManualClock {
    /// Moves the clock forward.
    pub fn advance(&self, duration: Duration) {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// Deterministic bytes that do not repeat within a run.
#[derive(Default)]
pub struct SequenceRandomness(AtomicU64);

impl Randomness for SequenceRandomness {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let next = self.0.fetch_add(1, Ordering::SeqCst).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            chunk.copy_from_slice(&next.to_be_bytes()[..chunk.len()]);
        }
    }
}

/// Allows every call.
pub struct NoLimit;

impl RateLimiter for NoLimit {
    fn take(&self, _: ClientAddress) -> Result<(), RetryAfter> {
        Ok(())
    }

    fn give_back(&self, _: ClientAddress) {}
}

impl CallLimiter for NoLimit {
    fn take(&self, _: LimitedCall, _: Caller) -> Result<(), RetryAfter> {
        Ok(())
    }
}

/// Binds a value to its place but does not encrypt it.
#[derive(Default)]
pub struct FakeSealer;

fn digest(value: &impl Hash) -> [u8; 8] {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish().to_be_bytes()
}

fn tag(value: &impl Hash) -> KeyedTag {
    let mut tag = [0; 32];
    tag[..8].copy_from_slice(&digest(value));
    KeyedTag(tag)
}

impl Sealer for FakeSealer {
    fn seal(&self, place: Place<'_>, value: &[u8]) -> Result<Sealed, CryptoFault> {
        let label = digest(&(place.table, place.column, place.row));
        Ok(Sealed([label.as_slice(), value].concat()))
    }

    fn open(&self, place: Place<'_>, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, CannotOpen> {
        let label = digest(&(place.table, place.column, place.row));
        let value = sealed.0.strip_prefix(label.as_slice()).ok_or(CannotOpen::Damaged)?;
        Ok(Zeroizing::new(value.to_vec()))
    }

    fn tag(&self, purpose: TagPurpose, value: &[u8]) -> KeyedTag {
        tag(&(purpose as u8, value))
    }

    fn matches(&self, purpose: TagPurpose, value: &[u8], tag: &KeyedTag) -> bool {
        self.tag(purpose, value) == *tag
    }

    fn is_current(&self, _: &Sealed) -> bool {
        true
    }

    fn previous_tags(&self, _: TagPurpose, _: &[u8]) -> Vec<KeyedTag> {
        Vec::new()
    }

    fn key_id(&self) -> KeyId {
        KeyId(*b"fake")
    }

    fn previous_key_ids(&self) -> Vec<KeyId> {
        Vec::new()
    }

    fn key_check(&self) -> KeyedTag {
        tag(&"key check")
    }

    fn sealed_tombstone_key(&self) -> Result<Sealed, CryptoFault> {
        Ok(Sealed(Vec::new()))
    }
}

/// A [`FakeSealer`] with several master keys, each a number. The first is the current one.
pub struct FakeMasterKeys(Vec<u8>);

impl FakeMasterKeys {
    /// These keys, the current one first.
    #[must_use]
    pub fn of(keys: &[u8]) -> Self {
        Self(keys.to_vec())
    }

    fn tag_under(key: u8, purpose: TagPurpose, value: &[u8]) -> KeyedTag {
        // Tombstones do not change with the master key.
        let key = if purpose == TagPurpose::Tombstone { 0 } else { key };
        tag(&(key, purpose as u8, value))
    }
}

impl Sealer for FakeMasterKeys {
    fn seal(&self, place: Place<'_>, value: &[u8]) -> Result<Sealed, CryptoFault> {
        static NONCE: AtomicU64 = AtomicU64::new(0);
        let nonce = NONCE.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        Ok(Sealed([&self.0[..1], &nonce, &FakeSealer.seal(place, value)?.0].concat()))
    }

    fn open(&self, place: Place<'_>, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, CannotOpen> {
        let (key, sealed) = sealed.0.split_first().ok_or(CannotOpen::Damaged)?;
        if !self.0.contains(key) {
            return Err(CannotOpen::UnknownKey(KeyId([*key; 4])));
        }
        let sealed = sealed.get(8..).ok_or(CannotOpen::Damaged)?;
        FakeSealer.open(place, &Sealed(sealed.to_vec()))
    }

    fn is_current(&self, sealed: &Sealed) -> bool {
        sealed.0.starts_with(&self.0[..1])
    }

    fn tag(&self, purpose: TagPurpose, value: &[u8]) -> KeyedTag {
        Self::tag_under(self.0[0], purpose, value)
    }

    fn previous_tags(&self, purpose: TagPurpose, value: &[u8]) -> Vec<KeyedTag> {
        self.0[1..].iter().map(|key| Self::tag_under(*key, purpose, value)).collect()
    }

    fn matches(&self, purpose: TagPurpose, value: &[u8], tag: &KeyedTag) -> bool {
        self.0.iter().any(|key| Self::tag_under(*key, purpose, value) == *tag)
    }

    fn key_id(&self) -> KeyId {
        KeyId([self.0[0]; 4])
    }

    fn previous_key_ids(&self) -> Vec<KeyId> {
        self.0[1..].iter().map(|key| KeyId([*key; 4])).collect()
    }

    fn key_check(&self) -> KeyedTag {
        KeyedTag([self.0[0]; 32])
    }

    fn sealed_tombstone_key(&self) -> Result<Sealed, CryptoFault> {
        Ok(Sealed(vec![self.0[0]]))
    }
}

/// Issues opaque tokens and remembers their claims.
#[derive(Default)]
pub struct FakeSigner {
    generated: AtomicU64,
    keys: Mutex<FakeKeys>,
    tickets: Mutex<HashMap<String, Ticket>>,
}

/// The ids of the installed keys.
#[derive(Default)]
struct FakeKeys {
    signing: Option<String>,
    published: Vec<String>,
}

struct Ticket {
    kid: String,
    claims: AccessClaims,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn in_whole_seconds(claims: &AccessClaims) -> AccessClaims {
    let whole = |time: Timestamp| Timestamp::from_seconds(time.as_seconds());
    AccessClaims {
        issued_at: whole(claims.issued_at),
        not_before: whole(claims.not_before),
        expires_at: whole(claims.expires_at),
        auth_time: whole(claims.auth_time),
        ..claims.clone()
    }
}

impl TokenSigner for FakeSigner {
    /// Returns `fake-1`, `fake-2` and so on.
    fn generate(&self) -> Result<SigningKey, CryptoFault> {
        let kid = format!("fake-{}", self.generated.fetch_add(1, Ordering::SeqCst) + 1);
        let private_key = PrivateKey(Zeroizing::new(kid.clone().into_bytes()));
        Ok(SigningKey { kid, private_key })
    }

    fn install(&self, ring: &KeyRing) -> Result<(), CryptoFault> {
        let published: Vec<_> = ring.published.iter().map(|key| key.kid.clone()).collect();
        let signing = ring.signing.as_ref().map(|key| key.kid.clone());
        if signing.as_ref().is_some_and(|kid| !published.contains(kid)) {
            return Err(CryptoFault);
        }
        *lock(&self.keys) = FakeKeys { signing, published };
        Ok(())
    }

    fn sign(&self, claims: &AccessClaims) -> Result<AccessToken, CryptoFault> {
        let kid = lock(&self.keys).signing.clone().ok_or(CryptoFault)?;
        let mut tickets = lock(&self.tickets);
        let token = format!("{kid}-{}", tickets.len());
        tickets.insert(token.clone(), Ticket { kid, claims: in_whole_seconds(claims) });
        Ok(AccessToken::new(token))
    }

    fn verify(&self, token: &str) -> Result<AccessClaims, TokenRejected> {
        let tickets = lock(&self.tickets);
        let ticket = tickets.get(token).ok_or(TokenRejected::Forged)?;
        if lock(&self.keys).published.contains(&ticket.kid) {
            Ok(ticket.claims.clone())
        } else {
            Err(TokenRejected::UnknownKey)
        }
    }

    fn jwks(&self) -> String {
        let keys = lock(&self.keys);
        let keys: Vec<_> =
            keys.published.iter().map(|kid| format!(r#"{{"kid":"{kid}"}}"#)).collect();
        format!(r#"{{"keys":[{}]}}"#, keys.join(","))
    }
}

#[cfg(test)]
mod tests {
    crate::signer_contract!(super::FakeSigner::default());
}
