use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use quick_cache::sync::Cache;
use wxlogin_domain::model::AccessClaims;

/// How many tokens are remembered. Each takes about 400 bytes.
const CAPACITY: usize = 16_384;

/// The claims of tokens that were verified not long ago, so that a token which is sent with every
/// request is verified once.
///
/// Tokens are found by their SHA-256, so none is kept in memory and another token never gets their
/// claims. Rejected tokens are not remembered: they would displace valid ones.
pub(super) struct VerifiedTokens(Cache<TokenHash, Arc<AccessClaims>>);

/// The SHA-256 of a whole token, signature included.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct TokenHash([u8; 32]);

impl TokenHash {
    pub(super) fn of(token: &str) -> Self {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
        Self(hash)
    }
}

impl Default for VerifiedTokens {
    fn default() -> Self {
        Self(Cache::new(CAPACITY))
    }
}

impl VerifiedTokens {
    pub(super) fn claims(&self, token: &TokenHash) -> Option<AccessClaims> {
        self.0.get(token).map(|claims| AccessClaims::clone(&claims))
    }

    pub(super) fn remember(&self, token: TokenHash, claims: &AccessClaims) {
        self.0.insert(token, Arc::new(claims.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::claims;
    use super::*;

    #[test]
    fn the_number_of_tokens_is_limited() {
        let verified = VerifiedTokens::default();
        for number in 0..2 * CAPACITY {
            verified.remember(TokenHash::of(&number.to_string()), &claims());
        }
        assert!(verified.0.len() <= CAPACITY);
        let last = TokenHash::of(&(2 * CAPACITY - 1).to_string());
        assert_eq!(verified.claims(&last), Some(claims()));
    }
}
