//! Access tokens as JWTs (RFC 7519) with ES256 (RFC 7518, 3.4).

mod claims;
mod key;
#[cfg(test)]
mod tests;

use std::sync::{Arc, PoisonError, RwLock};

use jsonwebtoken::{Algorithm, Validation};
use wxlogin_domain::model::{AccessClaims, AccessToken};
use wxlogin_domain::ports::{CryptoFault, SigningKey, TokenRejected, TokenSigner};

use claims::Claims;
use key::Key;

/// The [`TokenSigner`] of a deployment; without keys until some are installed.
pub struct JwtSigner {
    /// The first signs. Readers take the list as a whole and keep it while they work.
    keys: RwLock<Arc<[Key]>>,
    validation: Validation,
}

impl Default for JwtSigner {
    fn default() -> Self {
        let mut validation = Validation::new(Algorithm::ES256);
        // The library would use the machine's clock and the caller looks at these claims anyway.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        Self { keys: RwLock::new(Arc::new([])), validation }
    }
}

impl JwtSigner {
    fn keys(&self) -> Arc<[Key]> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl TokenSigner for JwtSigner {
    fn generate(&self) -> Result<SigningKey, CryptoFault> {
        Key::generate()
    }

    fn install(&self, keys: &[SigningKey]) -> Result<(), CryptoFault> {
        let loaded = keys.iter().map(Key::load).collect::<Result<_, _>>()?;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = loaded;
        Ok(())
    }

    fn sign(&self, claims: &AccessClaims) -> Result<AccessToken, CryptoFault> {
        let keys = self.keys();
        let key = keys.first().ok_or(CryptoFault)?;
        let token = jsonwebtoken::encode(&key.header, &Claims::from(claims), &key.signing);
        token.map(AccessToken::new).map_err(|_| CryptoFault)
    }

    fn verify(&self, token: &str) -> Result<AccessClaims, TokenRejected> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenRejected)?;
        let keys = self.keys();
        let key = keys.iter().find(|key| key.is_named_by(&header)).ok_or(TokenRejected)?;
        jsonwebtoken::decode::<Claims>(token, &key.verifying, &self.validation)
            .map_err(|_| TokenRejected)?
            .claims
            .try_into()
    }
}
