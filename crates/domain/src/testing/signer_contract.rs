//! The contract of every token signer: one case for each sentence in the doc comment of its port that can
//! be checked without knowing the form of a token.
//!
//! The tests of an adapter call [`signer_contract!`](crate::signer_contract).

#![expect(missing_docs, reason = "the name of a case says what it checks")]

use uuid::Uuid;

use crate::model::{AccessClaims, AccessToken, AppId, SessionId, Timestamp, UserId, UserType};
use crate::ports::{KeyRing, SigningKey, TokenRejected, TokenSigner};

/// Defines a test for every case of the contract. `$signer` creates a
/// [`TokenSigner`](crate::ports::TokenSigner) without keys.
#[macro_export]
macro_rules! signer_contract {
    ($signer:expr) => {
        $crate::signer_contract! { @cases $signer; [
            each_generated_key_has_its_own_id,
            signing_needs_a_signing_key,
            a_signing_key_must_be_published,
            every_published_key_verifies,
            an_unpublished_key_is_unknown,
            claims_are_returned_with_times_in_whole_seconds,
            an_unsigned_text_is_forged,
            the_jwks_lists_the_published_keys_in_order,
        ] }
    };
    (@cases $signer:expr; [$($case:ident,)*]) => {
        $(
            #[test]
            fn $case() {
                $crate::testing::signer_contract::$case(&$signer);
            }
        )*
    };
}

fn claims() -> AccessClaims {
    let time = Timestamp::from_seconds;
    AccessClaims {
        issuer: "https://login.example".to_owned(),
        user_id: UserId::from_uuid(Uuid::from_u128(1)),
        audience: "back ends".to_owned(),
        issued_at: time(1_767_225_600),
        not_before: time(1_767_225_601),
        expires_at: time(1_767_226_500),
        auth_time: time(1_767_225_000),
        token_id: Uuid::from_u128(2),
        session_id: SessionId::from_uuid(Uuid::from_u128(3)),
        app_id: AppId::parse("wxdev0000000000001").unwrap(),
        user_type: UserType(2),
    }
}

fn install(signer: &dyn TokenSigner, signing: Option<&SigningKey>, published: &[&SigningKey]) {
    let published = published.iter().copied().cloned().collect();
    signer.install(&KeyRing { signing: signing.cloned(), published }).unwrap();
}

fn verify(signer: &dyn TokenSigner, token: &AccessToken) -> Result<AccessClaims, TokenRejected> {
    signer.verify(token.expose())
}

pub fn each_generated_key_has_its_own_id(signer: &dyn TokenSigner) {
    let (first, second) = (signer.generate().unwrap(), signer.generate().unwrap());
    assert_ne!(first.kid, second.kid);
    assert_ne!(first.private_key.0, second.private_key.0);
}

pub fn signing_needs_a_signing_key(signer: &dyn TokenSigner) {
    assert!(signer.sign(&claims()).is_err());
    let key = signer.generate().unwrap();
    install(signer, None, &[&key]);
    assert!(signer.sign(&claims()).is_err());
    install(signer, Some(&key), &[&key]);
    assert!(signer.sign(&claims()).is_ok());
}

pub fn a_signing_key_must_be_published(signer: &dyn TokenSigner) {
    let (ours, other) = (signer.generate().unwrap(), signer.generate().unwrap());
    install(signer, Some(&ours), &[&ours]);
    let before = signer.jwks();
    for published in [vec![], vec![other.clone()]] {
        let ring = KeyRing { signing: Some(ours.clone()), published };
        assert!(signer.install(&ring).is_err());
        let token = signer.sign(&claims()).unwrap();
        assert_eq!(verify(signer, &token), Ok(claims()), "the keys have not changed");
        assert_eq!(signer.jwks(), before);
    }
}

pub fn every_published_key_verifies(signer: &dyn TokenSigner) {
    let (old, new) = (signer.generate().unwrap(), signer.generate().unwrap());
    install(signer, Some(&old), &[&new, &old]);
    let old_token = signer.sign(&claims()).unwrap();
    install(signer, Some(&new), &[&new, &old]);
    let new_token = signer.sign(&claims()).unwrap();
    assert_ne!(old_token, new_token);
    install(signer, None, &[&old, &new]);
    assert_eq!(verify(signer, &old_token), Ok(claims()));
    assert_eq!(verify(signer, &new_token), Ok(claims()));
}

pub fn an_unpublished_key_is_unknown(signer: &dyn TokenSigner) {
    let (old, new) = (signer.generate().unwrap(), signer.generate().unwrap());
    install(signer, Some(&old), &[&old]);
    let token = signer.sign(&claims()).unwrap();
    assert_eq!(verify(signer, &token), Ok(claims()));
    install(signer, Some(&new), &[&new]);
    assert_eq!(verify(signer, &token), Err(TokenRejected::UnknownKey));
    signer.install(&KeyRing::default()).unwrap();
    assert_eq!(verify(signer, &token), Err(TokenRejected::UnknownKey));
    install(signer, Some(&new), &[&new, &old]);
    assert_eq!(verify(signer, &token), Ok(claims()));
}

pub fn claims_are_returned_with_times_in_whole_seconds(signer: &dyn TokenSigner) {
    let key = signer.generate().unwrap();
    install(signer, Some(&key), &[&key]);
    let exact = AccessClaims {
        issued_at: Timestamp::from_millis(1_767_225_600_999),
        not_before: Timestamp::from_millis(1_767_225_601_001),
        expires_at: Timestamp::from_millis(1_767_226_500_500),
        auth_time: Timestamp::from_millis(1_767_225_000_999),
        ..claims()
    };
    let token = signer.sign(&exact).unwrap();
    assert_eq!(verify(signer, &token), Ok(claims()));
}

pub fn an_unsigned_text_is_forged(signer: &dyn TokenSigner) {
    let key = signer.generate().unwrap();
    install(signer, Some(&key), &[&key]);
    let token = signer.sign(&claims()).unwrap();
    for text in [String::new(), "x".to_owned(), key.kid.clone(), format!("{}x", token.expose())] {
        assert_eq!(signer.verify(&text), Err(TokenRejected::Forged), "{text:?}");
    }
}

pub fn the_jwks_lists_the_published_keys_in_order(signer: &dyn TokenSigner) {
    assert_eq!(signer.jwks(), r#"{"keys":[]}"#);
    let keys: [_; 3] = std::array::from_fn(|_| signer.generate().unwrap());
    for [a, b, c] in [[0, 1, 2], [2, 0, 1]].map(|order| order.map(|at| &keys[at])) {
        install(signer, Some(b), &[a, b, c]);
        let jwks = signer.jwks();
        let at = [a, b, c].map(|key| jwks.find(&format!(r#""kid":"{}""#, key.kid)).unwrap());
        assert!(at.is_sorted(), "{jwks}");
        assert_eq!(signer.jwks(), jwks);
    }
    install(signer, None, &[&keys[1]]);
    assert!(!signer.jwks().contains(&keys[0].kid));
    signer.install(&KeyRing::default()).unwrap();
    assert_eq!(signer.jwks(), r#"{"keys":[]}"#);
}
