use wxlogin_domain::ports::{CryptoFault, KeyRing};

use super::key::Key;
use super::verified::VerifiedTokens;

/// A [`KeyRing`], prepared for use.
#[derive(Default)]
pub(super) struct Ring {
    pub(super) signing: Option<Key>,
    published: Vec<Key>,
    /// Tokens of the published keys. Every ring starts without any, so that none outlives its key.
    pub(super) verified: VerifiedTokens,
}

impl Ring {
    pub(super) fn load(ring: &KeyRing) -> Result<Self, CryptoFault> {
        let published = ring.published.iter().map(Key::load).collect::<Result<_, _>>()?;
        let signing = ring.signing.as_ref().map(Key::load).transpose()?;
        let loaded = Self { signing, published, verified: VerifiedTokens::default() };
        // The id of a loaded key is its thumbprint, so equal ids mean equal keys.
        let signs_unpublished =
            loaded.signing.as_ref().is_some_and(|key| loaded.published(&key.kid).is_none());
        if signs_unpublished { Err(CryptoFault) } else { Ok(loaded) }
    }

    pub(super) fn published(&self, kid: &str) -> Option<&Key> {
        self.published.iter().find(|key| key.kid == kid)
    }

    /// The JWK Set (RFC 7517, 5) of the published keys.
    pub(super) fn jwks(&self) -> String {
        let keys: Vec<_> = self.published.iter().map(|key| key.jwk.as_str()).collect();
        format!(r#"{{"keys":[{}]}}"#, keys.join(","))
    }
}
