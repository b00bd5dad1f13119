use std::time::Duration;

use crate::model::Timestamp;
use crate::ports::StoredSigningKey;

/// A key's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// Published, but does not sign yet.
    Pending,
    /// Signs new tokens.
    Signing,
    /// Published because tokens that it signed are still valid.
    Retired,
    /// Every token that it signed has expired.
    Expired,
    /// Revoked.
    Void,
}

/// Returns the key that signs: the newest active one, or else the one that is active first.
pub(super) fn signing(stored: &[StoredSigningKey], now: Timestamp) -> Option<&StoredSigningKey> {
    let usable = || stored.iter().filter(|key| key.revoked_at.is_none());
    let active = usable().filter(|key| key.active_from <= now).max_by_key(|key| key.generation);
    active.or_else(|| usable().min_by_key(|key| (key.active_from, key.generation)))
}

/// Returns the keys in the JWK Set, newest first.
pub(super) fn published(
    stored: &[StoredSigningKey],
    now: Timestamp,
    longest_token: Duration,
) -> Vec<&StoredSigningKey> {
    let is_published = |key: &&StoredSigningKey| match state(stored, key, now, longest_token) {
        KeyState::Pending | KeyState::Signing | KeyState::Retired => true,
        KeyState::Expired | KeyState::Void => false,
    };
    stored.iter().filter(is_published).collect()
}

pub(super) fn state(
    stored: &[StoredSigningKey],
    key: &StoredSigningKey,
    now: Timestamp,
    longest_token: Duration,
) -> KeyState {
    if key.revoked_at.is_some() {
        return KeyState::Void;
    }
    if signing(stored, now).is_some_and(|current| current.kid == key.kid) {
        return KeyState::Signing;
    }
    if now < key.active_from {
        return KeyState::Pending;
    }
    // A key signs until the next one is active. If that one was revoked, this is later than it was,
    // and never earlier.
    let taken_over = stored
        .iter()
        .filter(|other| other.generation > key.generation && other.revoked_at.is_none())
        .map(|other| other.active_from)
        .min();
    match taken_over {
        Some(at) if at.plus(longest_token).plus(SLACK) <= now => KeyState::Expired,
        _ => KeyState::Retired,
    }
}

/// How far the clocks of instances may differ, plus how late an instance may learn of the next key.
const SLACK: Duration = Duration::from_mins(1);
