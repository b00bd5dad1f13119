//! Keeps the token signer supplied with the keys that all instances share.

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::ports::{
    CannotOpen, Clock, CryptoFault, KeyRing, KeyStore, Place, PrivateKey, Sealer, SigningKey,
    StoreError, StoredSigningKey, TokenSigner,
};

/// Signing keys could not be made ready.
#[derive(Debug, thiserror::Error)]
pub enum SigningKeysError {
    /// A stored key does not open.
    #[error("signing key {kid} does not open with this master key")]
    Sealed {
        /// Which key.
        kid: String,
        /// Why.
        #[source]
        source: CannotOpen,
    },
    /// A key could not be made or used.
    #[error("signing keys could not be made ready")]
    Crypto(#[from] CryptoFault),
    /// The database did not answer.
    #[error("signing keys could not be read or stored")]
    Store(#[from] StoreError),
}

/// Loads the signing keys and makes the first one.
pub struct SigningKeys {
    store: Arc<dyn KeyStore>,
    sealer: Arc<dyn Sealer>,
    signer: Arc<dyn TokenSigner>,
    clock: Arc<dyn Clock>,
}

impl SigningKeys {
    /// Wires the use case.
    #[must_use]
    pub fn new(
        store: Arc<dyn KeyStore>,
        sealer: Arc<dyn Sealer>,
        signer: Arc<dyn TokenSigner>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, sealer, signer, clock }
    }

    /// Installs the stored keys, after making the first one if there is none. Of several instances
    /// that start at once on an empty database one makes the key and the others use it.
    pub async fn make_ready(&self) -> Result<(), SigningKeysError> {
        let mut stored = self.store.signing_keys().await?;
        if stored.is_empty() {
            self.store.insert_if_absent(self.first_key()?).await?;
            stored = self.store.signing_keys().await?;
        }
        let keys = stored.iter().map(|key| self.unseal(key)).collect::<Result<Vec<_>, _>>()?;
        Ok(self.signer.install(&KeyRing { signing: keys.first().cloned(), published: keys })?)
    }

    fn first_key(&self) -> Result<StoredSigningKey, CryptoFault> {
        const GENERATION: u32 = 1;
        let SigningKey { kid, private_key } = self.signer.generate()?;
        let row = GENERATION.to_be_bytes();
        let private_key = self.sealer.seal(place(&[&row]), &private_key.0)?;
        let created_at = self.clock.now();
        Ok(StoredSigningKey {
            generation: GENERATION,
            kid,
            private_key,
            created_at,
            active_from: created_at,
            revoked_at: None,
        })
    }

    fn unseal(&self, key: &StoredSigningKey) -> Result<SigningKey, SigningKeysError> {
        let row = key.generation.to_be_bytes();
        let opened = self.sealer.open(place(&[&row]), &key.private_key);
        let bytes: Zeroizing<Vec<u8>> =
            opened.map_err(|source| SigningKeysError::Sealed { kid: key.kid.clone(), source })?;
        Ok(SigningKey { kid: key.kid.clone(), private_key: PrivateKey(bytes) })
    }
}

fn place<'a>(row: &'a [&'a [u8]]) -> Place<'a> {
    Place { table: "signing_keys", column: "private_key", row }
}
