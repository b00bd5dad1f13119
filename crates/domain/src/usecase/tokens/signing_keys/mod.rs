//! Manages the keys that sign access tokens, which all instances share.

mod schedule;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use zeroize::Zeroizing;

pub use self::schedule::KeyState;
use self::schedule::{published, signing, state};
use crate::ports::{
    CannotOpen, Clock, CryptoFault, KeyRing, KeyStore, Place, PrivateKey, Sealed, Sealer,
    SigningKey, StoreError, StoredSigningKey, TokenSigner,
};
use crate::usecase::support::resealing::CannotReseal;

/// Why the signing keys are not usable.
#[derive(Debug, thiserror::Error)]
pub enum SigningKeysError {
    /// A stored key was encrypted with another master key.
    #[error("cannot decrypt signing key {kid}")]
    Sealed {
        /// The key's id.
        kid: String,
        /// The cause.
        #[source]
        source: CannotOpen,
    },
    /// A key could not be created or used.
    #[error("cannot create or use a signing key")]
    Crypto(#[from] CryptoFault),
    /// The database failed.
    #[error("cannot read or store signing keys")]
    Store(#[from] StoreError),
    /// There is no such key.
    #[error("no signing key with this id")]
    Unknown,
}

/// Publication and rotation of signing keys.
#[derive(Debug, Clone, Copy)]
pub struct KeyPolicy {
    /// How long clients may cache the JWK Set.
    pub jwks_max_age: Duration,
    /// How long a key signs before it is rotated.
    pub rotate_after: Duration,
    /// The longest lifetime of a token.
    pub longest_token: Duration,
}

impl KeyPolicy {
    /// How long a new key is published before it signs, so that every cache and instance knows it.
    fn notice(&self) -> Duration {
        (self.jwks_max_age * 2).min(Duration::from_mins(5))
    }
}

/// A key as `wxlogin keys list` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedKey {
    /// The key; its private half is encrypted.
    pub key: StoredSigningKey,
    /// Its state now.
    pub state: KeyState,
}

/// Loads, creates, rotates and revokes the signing keys.
pub struct SigningKeys {
    store: Arc<dyn KeyStore>,
    sealer: Arc<dyn Sealer>,
    signer: Arc<dyn TokenSigner>,
    clock: Arc<dyn Clock>,
    policy: KeyPolicy,
    installed: Mutex<Option<Installed>>,
    looked_again: Mutex<Option<Instant>>,
}

/// The ids of the keys that the signer has.
#[derive(PartialEq, Eq)]
struct Installed {
    signing: String,
    published: Vec<String>,
}

/// How often tokens with unknown keys may make an instance read the keys again.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

impl SigningKeys {
    /// Creates the use case. It has no keys before [`SigningKeys::make_ready`].
    #[must_use]
    pub fn new(
        store: Arc<dyn KeyStore>,
        sealer: Arc<dyn Sealer>,
        signer: Arc<dyn TokenSigner>,
        clock: Arc<dyn Clock>,
        policy: KeyPolicy,
    ) -> Self {
        let (installed, looked_again) = (Mutex::default(), Mutex::default());
        Self { store, sealer, signer, clock, policy, installed, looked_again }
    }

    /// Returns how long clients may cache the JWK Set.
    #[must_use]
    pub fn jwks_max_age(&self) -> Duration {
        self.policy.jwks_max_age
    }

    /// Returns the public keys (RFC 7517).
    #[must_use]
    pub fn jwks(&self) -> String {
        self.signer.jwks()
    }

    /// Installs the current keys, and creates one if none can sign. If several instances do so at
    /// once, one of them creates the key and all use it.
    pub async fn make_ready(&self) -> Result<(), SigningKeysError> {
        let mut installed = self.installed.lock().await;
        let mut stored = self.store.signing_keys().await?;
        let now = self.clock.now();
        if signing(&stored, now).is_none() {
            self.create(&stored, Duration::ZERO).await?;
            stored = self.store.signing_keys().await?;
        }
        let current = signing(&stored, now).ok_or(CryptoFault)?;
        let published = published(&stored, now, self.policy.longest_token);
        let wanted = Installed {
            signing: current.kid.clone(),
            published: published.iter().map(|key| key.kid.clone()).collect(),
        };
        if installed.as_ref() == Some(&wanted) {
            return Ok(());
        }
        let published =
            published.into_iter().map(|key| self.unseal(key)).collect::<Result<Vec<_>, _>>()?;
        let signing = published.iter().find(|key| key.kid == current.kid).cloned();
        self.signer.install(&KeyRing { signing, published })?;
        tracing::info!(
            kid = wanted.signing,
            keys = wanted.published.len(),
            "signing keys installed"
        );
        *installed = Some(wanted);
        Ok(())
    }

    /// Reads the keys again because a token has an unknown one, at most every few seconds. Returns
    /// `false` when it is too early.
    pub async fn look_again(&self) -> bool {
        let mut looked = self.looked_again.lock().await;
        let now = Instant::now();
        if looked.is_some_and(|looked| now.saturating_duration_since(looked) < LOOK_AGAIN) {
            return false;
        }
        *looked = Some(now);
        if let Err(error) = self.make_ready().await {
            tracing::warn!(%error, "cannot read signing keys");
        }
        true
    }

    /// Creates the next key if the newest one is due for rotation, and deletes keys whose tokens
    /// expired long ago.
    pub async fn keep_up(&self) -> Result<(), SigningKeysError> {
        let stored = self.store.signing_keys().await?;
        let now = self.clock.now();
        let newest = stored.iter().find(|key| key.revoked_at.is_none());
        if newest.is_some_and(|key| key.active_from.plus(self.policy.rotate_after) <= now) {
            self.create(&stored, self.policy.notice()).await?;
        }
        for key in stored.iter().filter(|key| self.is_obsolete(&stored, key)) {
            self.store.remove_key(&key.kid).await?;
        }
        self.make_ready().await
    }

    /// Creates the next key, unless there is one that does not sign yet, and returns it. It is
    /// published now and signs once every cache and instance knows it.
    pub async fn rotate(&self) -> Result<StoredSigningKey, SigningKeysError> {
        let mut stored = self.store.signing_keys().await?;
        let now = self.clock.now();
        let pending =
            |key: &&StoredSigningKey| state(&stored, key, now, Duration::ZERO) == KeyState::Pending;
        if stored.iter().find(pending).is_none() {
            self.create(&stored, self.policy.notice()).await?;
            stored = self.store.signing_keys().await?;
        }
        Ok(stored.into_iter().next().ok_or(CryptoFault)?)
    }

    /// Revokes a key, and with it every token that it has signed.
    pub async fn revoke(&self, kid: &str) -> Result<(), SigningKeysError> {
        if !self.store.revoke_key(kid, self.clock.now()).await? {
            return Err(SigningKeysError::Unknown);
        }
        self.make_ready().await
    }

    /// Returns every key, newest first.
    pub async fn list(&self) -> Result<Vec<ListedKey>, SigningKeysError> {
        let stored = self.store.signing_keys().await?;
        let now = self.clock.now();
        let listed = stored.iter().map(|key| ListedKey {
            state: state(&stored, key, now, self.policy.longest_token),
            key: key.clone(),
        });
        Ok(listed.collect())
    }

    fn is_obsolete(&self, stored: &[StoredSigningKey], key: &StoredSigningKey) -> bool {
        let a_day_ago = self.clock.now().minus(Duration::from_hours(24));
        match state(stored, key, a_day_ago, self.policy.longest_token) {
            KeyState::Expired => true,
            KeyState::Void => {
                let expired = key.revoked_at.map(|at| at.plus(self.policy.longest_token));
                expired.is_some_and(|expired| expired <= a_day_ago)
            }
            KeyState::Pending | KeyState::Signing | KeyState::Retired => false,
        }
    }

    /// Creates the next key, unless another instance is faster.
    async fn create(
        &self,
        stored: &[StoredSigningKey],
        notice: Duration,
    ) -> Result<(), SigningKeysError> {
        let generation = stored.first().map_or(0, |key| key.generation).saturating_add(1);
        let SigningKey { kid, private_key } = self.signer.generate()?;
        let row = generation.to_be_bytes();
        let private_key = self.sealer.seal(place(&[&row]), &private_key.0)?;
        let created_at = self.clock.now();
        let key = StoredSigningKey {
            generation,
            kid,
            private_key,
            created_at,
            active_from: created_at.plus(notice),
            revoked_at: None,
        };
        self.store.insert_if_absent(key).await?;
        Ok(())
    }

    fn unseal(&self, key: &StoredSigningKey) -> Result<SigningKey, SigningKeysError> {
        let row = key.generation.to_be_bytes();
        let opened = self.sealer.open(place(&[&row]), &key.private_key);
        let bytes: Zeroizing<Vec<u8>> =
            opened.map_err(|source| SigningKeysError::Sealed { kid: key.kid.clone(), source })?;
        Ok(SigningKey { kid: key.kid.clone(), private_key: PrivateKey(bytes) })
    }
}

/// Encrypts a private key again, with the current master key.
pub(crate) fn reseal_signing_key(
    sealer: &dyn Sealer,
    generation: u32,
    private_key: &Sealed,
) -> Result<Sealed, CannotReseal> {
    let row = generation.to_be_bytes();
    let opened = sealer.open(place(&[&row]), private_key)?;
    Ok(sealer.seal(place(&[&row]), &opened)?)
}

fn place<'a>(row: &'a [&'a [u8]]) -> Place<'a> {
    Place { table: "signing_keys", column: "private_key", row }
}
