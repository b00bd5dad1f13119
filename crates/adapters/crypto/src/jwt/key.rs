use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::jwk::{Jwk, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use wxlogin_domain::ports::{CryptoFault, PrivateKey, SigningKey};
use zeroize::Zeroizing;

use super::claims::Claims;

/// A signing key, prepared for use.
pub(super) struct Key {
    pub(super) kid: String,
    /// The header of every token it signs, encoded.
    header: String,
    pair: EcdsaKeyPair,
    pub(super) verifying: DecodingKey,
    /// The public half as a JWK (RFC 7517) in JSON.
    pub(super) jwk: String,
}

impl Key {
    pub(super) fn generate() -> Result<SigningKey, CryptoFault> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
        let document = pair.and_then(|pair| pair.to_pkcs8v1()).map_err(|_| CryptoFault)?;
        let private_key = PrivateKey(Zeroizing::new(document.as_ref().to_vec()));
        let kid = Self::read(&private_key).map_err(|_| CryptoFault)?.kid;
        Ok(SigningKey { kid, private_key })
    }

    /// Prepares a key. Fails if its id is not its thumbprint, because it is then not the key that was
    /// stored with this id.
    pub(super) fn load(key: &SigningKey) -> Result<Self, CryptoFault> {
        let loaded = Self::read(&key.private_key).map_err(|_| CryptoFault)?;
        if loaded.kid == key.kid { Ok(loaded) } else { Err(CryptoFault) }
    }

    fn read(private_key: &PrivateKey) -> Result<Self, Error> {
        let signing = EncodingKey::from_ec_der(&private_key.0);
        // Parses the bytes and fails for everything but a P-256 key.
        let mut public = Jwk::from_encoding_key(&signing, Algorithm::ES256)?;
        let kid = public.thumbprint(ThumbprintHash::SHA256)?;
        public.common.key_id = Some(kid.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        let verifying = DecodingKey::from_jwk(&public)?;
        let jwk = serde_json::to_string(&public)?;
        let header = Header { kid: Some(kid.clone()), ..Header::new(Algorithm::ES256) };
        let header = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header)?);
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &private_key.0)
            .map_err(|_| ErrorKind::InvalidEcdsaKey)?;
        Ok(Self { kid, header, pair, verifying, jwk })
    }

    /// The claims as a JWS in compact serialization (RFC 7515, 7.1). jsonwebtoken would parse the key
    /// again for each token, which takes as long as signing.
    pub(super) fn sign(&self, claims: &Claims) -> Result<String, CryptoFault> {
        let claims = serde_json::to_vec(claims).map_err(|_| CryptoFault)?;
        let mut token = format!("{}.{}", self.header, URL_SAFE_NO_PAD.encode(claims));
        let signature = self.pair.sign(&SystemRandom::new(), token.as_bytes());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature.map_err(|_| CryptoFault)?, &mut token);
        Ok(token)
    }
}
