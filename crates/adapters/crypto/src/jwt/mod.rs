//! Access tokens as JWTs (RFC 7519) with ES256 (RFC 7518, 3.4), and the keys that verify them as a JWK
//! Set (RFC 7517).

mod claims;
mod key;
mod ring;
#[cfg(test)]
mod tests;
mod verified;

use std::sync::{Arc, PoisonError, RwLock};

use jsonwebtoken::{Algorithm, Header, Validation};
use wxlogin_domain::model::{AccessClaims, AccessToken};
use wxlogin_domain::ports::{CryptoFault, KeyRing, SigningKey, TokenRejected, TokenSigner};

use claims::Claims;
use key::Key;
use ring::Ring;
use verified::TokenHash;

/// The [`TokenSigner`] of a deployment. It has no keys until some are installed.
pub struct JwtSigner {
    /// Readers clone the `Arc`, so that a call uses one ring throughout.
    ring: RwLock<Arc<Ring>>,
    validation: Validation,
}

impl Default for JwtSigner {
    fn default() -> Self {
        let mut validation = Validation::new(Algorithm::ES256);
        // The caller checks these claims; the library would use the system clock.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        Self { ring: RwLock::default(), validation }
    }
}

impl JwtSigner {
    fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl TokenSigner for JwtSigner {
    fn generate(&self) -> Result<SigningKey, CryptoFault> {
        Key::generate()
    }

    fn install(&self, ring: &KeyRing) -> Result<(), CryptoFault> {
        let loaded = Arc::new(Ring::load(ring)?);
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = loaded;
        Ok(())
    }

    fn sign(&self, claims: &AccessClaims) -> Result<AccessToken, CryptoFault> {
        let ring = self.ring();
        let key = ring.signing.as_ref().ok_or(CryptoFault)?;
        key.sign(&Claims::from(claims)).map(AccessToken::new)
    }

    fn verify(&self, token: &str) -> Result<AccessClaims, TokenRejected> {
        if token.len() > AccessToken::MAX_LEN {
            return Err(TokenRejected::Forged);
        }
        let ring = self.ring();
        let hash = TokenHash::of(token);
        if let Some(claims) = ring.verified.claims(&hash) {
            return Ok(claims);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenRejected::Forged)?;
        let kid = kid_of(&header).ok_or(TokenRejected::Forged)?;
        let key = ring.published(kid).ok_or(TokenRejected::UnknownKey)?;
        let claims = jsonwebtoken::decode::<Claims>(token, &key.verifying, &self.validation)
            .map_err(|_| TokenRejected::Forged)?
            .claims
            .try_into()?;
        ring.verified.remember(hash, &claims);
        Ok(claims)
    }

    fn jwks(&self) -> String {
        self.ring().jwks()
    }
}

/// Returns the key id in a header of our form, before anything is verified. A header with critical
/// extensions (RFC 7515, 4.1.11) is not of our form.
fn kid_of(header: &Header) -> Option<&str> {
    let is_ours = header.alg == Algorithm::ES256
        && header.typ.as_deref().is_none_or(|typ| typ == "JWT")
        && header.crit.is_none();
    header.kid.as_deref().filter(|_| is_ours)
}
