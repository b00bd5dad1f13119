//! WeChat's session keys: which one an identity has, and which one before it.

use super::{Command, Inconsistent, Keys, SealedSessionKey, StoredIdentity, UnitOfWork};
use crate::model::{IdentityKey, Timestamp};
use crate::ports::KeyedTag;

/// A session key that takes the place of another one outside a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionKeyReplacement {
    /// The identity.
    pub identity: IdentityKey,
    /// The tag of the key that is replaced.
    pub replaces: KeyedTag,
    /// The new key.
    pub key: SealedSessionKey,
    /// When WeChat named the new key.
    pub now: Timestamp,
}

/// Whether the new key is in place. `false` when the identity has another key by now; nothing was
/// written then.
impl Command for SessionKeyReplacement {
    type Outcome = bool;

    fn keys(&self, _: &UnitOfWork) -> Keys {
        Keys { identities: [self.identity.clone()].into(), ..Keys::default() }
    }

    /// The replaced key is forgotten, and so is the one before it: they have leaked.
    fn apply(&self, unit: &mut UnitOfWork) -> Result<bool, Inconsistent> {
        let identity = unit.identities.get(&self.identity);
        let Some((current, _)) = identity.and_then(|identity| identity.session_key.as_ref()) else {
            return Ok(false);
        };
        // No key is sealed to the same bytes twice: this is a repetition.
        let is_done = current.sealed == self.key.sealed;
        if !is_done && current.tag != self.replaces {
            return Ok(false);
        }
        unit.identities.update(&self.identity, |identity| {
            identity.session_key = Some((self.key.clone(), self.now));
            identity.previous_session_key = None;
        });
        Ok(true)
    }
}

impl StoredIdentity {
    /// Keeps the session key of a login. A key with another tag becomes the previous one; a login that
    /// is older than the stored key changes nothing.
    pub(super) fn keep_session_key(
        &mut self,
        key: &SealedSessionKey,
        previous_until: Timestamp,
        now: Timestamp,
    ) {
        if self.session_key.as_ref().is_some_and(|(_, at)| *at > now) {
            return;
        }
        let replaced = self.session_key.replace((key.clone(), now));
        if let Some((replaced, _)) = replaced.filter(|(replaced, _)| replaced.tag != key.tag) {
            self.previous_session_key = Some((replaced.sealed, previous_until));
        }
    }
}
