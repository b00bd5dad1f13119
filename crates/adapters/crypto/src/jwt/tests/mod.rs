mod forgeries;
mod keys;
mod remembered;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::EncodingKey;
use serde_json::{Value, json};
use uuid::Uuid;
use wxlogin_domain::model::{AppId, SessionId, Timestamp, UserId, UserType};
use wxlogin_domain::ports::PrivateKey;
use zeroize::Zeroizing;

use super::*;

/// The P-256 key of RFC 7515, appendix A.3, under its thumbprint; both computed with Python.
fn rfc_key() -> SigningKey {
    named_key(
        "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U",
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIffH1136cspYG6+0iY7X1fCE9+E\
         9LKhRANCAAR/zc4ncPbEXUGDy+5v20t7WAczNXvp7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpG\
         IyiFiOWt",
    )
}

fn named_key(kid: &str, pkcs8: &str) -> SigningKey {
    let bytes = Zeroizing::new(BASE64_STANDARD.decode(pkcs8).unwrap());
    SigningKey { kid: kid.to_owned(), private_key: PrivateKey(bytes) }
}

/// The first key signs.
fn signer(keys: &[SigningKey]) -> JwtSigner {
    let signer = JwtSigner::default();
    let ring = KeyRing { signing: keys.first().cloned(), published: keys.to_vec() };
    signer.install(&ring).unwrap();
    signer
}

pub(super) fn claims() -> AccessClaims {
    let id = |last: u128| Uuid::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_099a_8000 + last);
    AccessClaims {
        issuer: "https://login.example.com".into(),
        user_id: UserId::from_uuid(id(0x57)),
        audience: "wxdev0000000000001".into(),
        issued_at: Timestamp::from_seconds(1_767_225_600),
        not_before: Timestamp::from_seconds(1_767_225_600),
        expires_at: Timestamp::from_seconds(1_767_226_500),
        auth_time: Timestamp::from_seconds(1_767_225_000),
        token_id: id(0x58),
        session_id: SessionId::from_uuid(id(0x59)),
        app_id: AppId::parse("wxdev0000000000001").unwrap(),
        user_type: UserType(2),
    }
}

/// [`claims`] as JSON.
fn payload() -> Value {
    json!({
        "iss": "https://login.example.com",
        "sub": "01890a5d-ac96-774b-bcce-b302099a8057",
        "aud": "wxdev0000000000001",
        "iat": 1_767_225_600,
        "nbf": 1_767_225_600,
        "exp": 1_767_226_500,
        "auth_time": 1_767_225_000,
        "jti": "01890a5d-ac96-774b-bcce-b302099a8058",
        "sid": "01890a5d-ac96-774b-bcce-b302099a8059",
        "app_id": "wxdev0000000000001",
        "user_type": 2,
    })
}

fn header() -> Value {
    json!({ "alg": "ES256", "typ": "JWT", "kid": rfc_key().kid })
}

fn with(mut object: Value, name: &str, value: Value) -> Value {
    object[name] = value;
    object
}

fn without(mut object: Value, name: &str) -> Value {
    object.as_object_mut().unwrap().remove(name).unwrap();
    object
}

fn message(header: &str, payload: &str) -> String {
    let part = |text| BASE64_URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}", part(header), part(payload))
}

/// Any header and payload, with a good ES256 signature of [`rfc_key`].
fn signed(header: &str, payload: &str) -> String {
    signed_by(&rfc_key(), header, payload)
}

fn signed_by(key: &SigningKey, header: &str, payload: &str) -> String {
    let key = EncodingKey::from_ec_der(&key.private_key.0);
    let message = message(header, payload);
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::ES256).unwrap();
    format!("{message}.{signature}")
}

fn verify(header: &Value, payload: &Value) -> Result<AccessClaims, TokenRejected> {
    signer(&[rfc_key()]).verify(&signed(&header.to_string(), &payload.to_string()))
}

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[test]
fn a_token_has_the_documented_header_and_claims() {
    let token = signer(&[rfc_key()]).sign(&claims()).unwrap();
    assert_eq!(part(token.expose(), 0), header());
    assert_eq!(part(token.expose(), 1), payload());
}

#[test]
fn a_token_from_another_library_is_verified() {
    // Made with Python's `cryptography`.
    let token = "eyJhbGciOiAiRVMyNTYiLCAidHlwIjogIkpXVCIsICJraWQiOiAib0tJeXd2R1VwVFZUeXhNUTNid0lJZV\
        FVdWRmcl9Da0xNakNFMTlFQ0QtVSJ9.eyJpc3MiOiAiaHR0cHM6Ly9sb2dpbi5leGFtcGxlLmNvbSIsICJzdWIiOiA\
        iMDE4OTBhNWQtYWM5Ni03NzRiLWJjY2UtYjMwMjA5OWE4MDU3IiwgImF1ZCI6ICJ3eGRldjAwMDAwMDAwMDAwMDEiL\
        CAiaWF0IjogMTc2NzIyNTYwMCwgIm5iZiI6IDE3NjcyMjU2MDAsICJleHAiOiAxNzY3MjI2NTAwLCAiYXV0aF90aW1\
        lIjogMTc2NzIyNTAwMCwgImp0aSI6ICIwMTg5MGE1ZC1hYzk2LTc3NGItYmNjZS1iMzAyMDk5YTgwNTgiLCAic2lkI\
        jogIjAxODkwYTVkLWFjOTYtNzc0Yi1iY2NlLWIzMDIwOTlhODA1OSIsICJhcHBfaWQiOiAid3hkZXYwMDAwMDAwMDA\
        wMDAxIiwgInVzZXJfdHlwZSI6IDJ9.CsW-M-ugk2XbZm0DssYMmoeEe-gXHjyVyfB-aHFvbCbH2Dpx3TIWUTeL2f84\
        caZUccTIVCyRSzpTqRYljl0MPw";
    assert_eq!(signer(&[rfc_key()]).verify(token), Ok(claims()));
}

#[test]
fn verify_returns_the_signed_claims_with_times_in_whole_seconds() {
    let signer = signer(&[rfc_key()]);
    let exact = AccessClaims {
        issuer: "https://例え.example/\"\\".into(),
        audience: String::new(),
        issued_at: Timestamp::from_millis(1_999),
        not_before: Timestamp::from_millis(-1),
        expires_at: Timestamp::from_millis(i64::MAX),
        user_type: UserType(i32::MIN),
        ..claims()
    };
    let whole = AccessClaims {
        issued_at: Timestamp::from_seconds(1),
        not_before: Timestamp::from_seconds(-1),
        expires_at: Timestamp::from_seconds(i64::MAX / 1000),
        ..exact.clone()
    };
    let token = signer.sign(&exact).unwrap();
    assert_eq!(signer.verify(token.expose()), Ok(whole));
}

#[test]
fn times_issuer_and_audience_are_left_to_the_caller() {
    for (name, value) in [
        ("exp", json!(0)),
        ("nbf", json!(99_999_999_999_i64)),
        ("iss", json!("https://elsewhere.example")),
        ("aud", json!("someone else")),
    ] {
        assert!(verify(&header(), &with(payload(), name, value)).is_ok(), "{name}");
    }
}

#[test]
fn claims_of_a_later_version_are_ignored() {
    assert_eq!(verify(&header(), &with(payload(), "scope", json!("read"))), Ok(claims()));
}
