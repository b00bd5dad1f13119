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

fn signer(keys: &[SigningKey]) -> JwtSigner {
    let signer = JwtSigner::default();
    signer.install(keys).unwrap();
    signer
}

fn claims() -> AccessClaims {
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

/// [`claims`] as they are on the wire.
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
    let key = EncodingKey::from_ec_der(&rfc_key().private_key.0);
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
fn a_token_says_what_others_expect_to_read() {
    let token = signer(&[rfc_key()]).sign(&claims()).unwrap();
    assert_eq!(part(token.expose(), 0), header());
    assert_eq!(part(token.expose(), 1), payload());
}

#[test]
fn a_token_that_another_library_signed_is_read() {
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
fn verify_gives_back_what_sign_took_with_times_in_whole_seconds() {
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
fn time_issuer_and_audience_are_the_callers_business() {
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

#[test]
fn every_generated_key_is_new_and_can_be_installed() {
    let signer = JwtSigner::default();
    let (first, second) = (signer.generate().unwrap(), signer.generate().unwrap());
    assert_ne!(first.kid, second.kid);
    assert_ne!(first.private_key.0, second.private_key.0);
    signer.install(&[first, second]).unwrap();
}

#[test]
fn the_first_key_signs_and_all_verify() {
    let signer = JwtSigner::default();
    let (old, new) = (signer.generate().unwrap(), signer.generate().unwrap());
    signer.install(std::slice::from_ref(&old)).unwrap();
    let old_token = signer.sign(&claims()).unwrap();

    signer.install(&[new.clone(), old]).unwrap();
    let new_token = signer.sign(&claims()).unwrap();
    assert_eq!(part(new_token.expose(), 0)["kid"], new.kid);
    assert!(signer.verify(old_token.expose()).is_ok());
    assert!(signer.verify(new_token.expose()).is_ok());

    signer.install(&[new]).unwrap();
    assert!(signer.verify(old_token.expose()).is_err());
    assert!(signer.verify(new_token.expose()).is_ok());
}

#[test]
fn without_keys_nothing_is_signed_or_accepted() {
    let token = signer(&[rfc_key()]).sign(&claims()).unwrap();
    for signer in [JwtSigner::default(), signer(&[])] {
        assert!(signer.sign(&claims()).is_err());
        assert!(signer.verify(token.expose()).is_err());
    }
}

#[test]
fn a_key_under_another_name_or_of_another_kind_changes_nothing() {
    let signer = signer(&[rfc_key()]);
    let token = signer.sign(&claims()).unwrap();
    let other = signer.generate().unwrap();
    let p384 = "MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDCcvcw+RIhLGfoRxuMPAc470T51gmY2sZtTSzBO\
        foIjAAjtXO22OXJPayb63GSaQ0ihZANiAAR2JCWT8LXdq82A2xzpE9J7N7y9R2eG4sOXMTFP3At9UqSTwlE7Jb+bhF\
        1uVHxRYN03vVWpOYFGtbxnJ4T4XYnco5gd2vfA1JtDCxBgTuqux6r5P/aCf/D789ObvKVPSxk=";
    for unfit in [
        SigningKey { kid: other.kid.clone(), ..rfc_key() },
        SigningKey { kid: String::new(), ..rfc_key() },
        named_key(&other.kid, p384),
        named_key(&other.kid, ""),
        named_key(&other.kid, "AAAA"),
    ] {
        assert!(signer.install(&[other.clone(), unfit.clone()]).is_err(), "{}", unfit.kid);
        assert!(signer.install(&[unfit, other.clone()]).is_err());
        assert!(signer.verify(token.expose()).is_ok());
    }
}

#[test]
fn no_changed_byte_is_accepted() {
    let signer = signer(&[rfc_key()]);
    let token = signer.sign(&claims()).unwrap();
    let token = token.expose();
    for at in 0..token.len() {
        for bit in 0..7 {
            let mut changed = token.as_bytes().to_vec();
            changed[at] ^= 1 << bit;
            let changed = String::from_utf8(changed).unwrap();
            assert!(signer.verify(&changed).is_err(), "byte {at}, bit {bit}");
        }
        assert!(signer.verify(&token[..at]).is_err(), "{at} bytes");
    }
}

#[test]
fn what_is_no_token_is_refused() {
    let signer = signer(&[rfc_key()]);
    let token = signed(&header().to_string(), &payload().to_string());
    for text in [
        String::new(),
        ".".into(),
        "..".into(),
        "...".into(),
        "你好".into(),
        "a".repeat(1_000_000),
        ".".repeat(1_000_000),
        format!("{}.a.a", "e".repeat(1_000_000)),
        format!(" {token}"),
        format!("{token}\n"),
        format!("{token}="),
        format!("{token}."),
        format!(".{token}"),
        format!("{token}.{token}"),
        signed("", ""),
        signed("[]", "[]"),
        signed("null", "null"),
        signed(&header().to_string(), ""),
        signed(&header().to_string(), "\"text\""),
        signed("{}", &payload().to_string()),
        signed(&"[".repeat(100_000), &payload().to_string()),
        signed(&header().to_string(), &"[".repeat(100_000)),
    ] {
        assert!(signer.verify(&text).is_err(), "{text:.80}");
    }
}

#[test]
fn no_other_algorithm_is_accepted() {
    let algorithms = [
        "none", "None", "", "HS256", "HS384", "RS256", "PS256", "ES384", "ES512", "EdDSA", "es256",
    ];
    for alg in algorithms {
        let header = with(header(), "alg", json!(alg));
        assert!(verify(&header, &payload()).is_err(), "{alg}");
        let unsigned = message(&header.to_string(), &payload().to_string());
        assert!(signer(&[rfc_key()]).verify(&format!("{unsigned}.")).is_err(), "{alg}");
    }
    assert!(verify(&without(header(), "alg"), &payload()).is_err());
}

#[test]
fn a_public_key_is_no_shared_secret() {
    let header = with(header(), "alg", json!("HS256")).to_string();
    let message = message(&header, &payload().to_string());
    // The end of the PKCS#8 document is the public point.
    let document = rfc_key().private_key.0;
    let point = &document[document.len() - 65..];
    for secret in [point, &point[1..], rfc_key().kid.as_bytes(), b""] {
        let key = EncodingKey::from_secret(secret);
        let mac = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap();
        assert!(signer(&[rfc_key()]).verify(&format!("{message}.{mac}")).is_err());
    }
}

#[test]
fn a_signature_counts_only_under_the_key_that_made_it() {
    let other = JwtSigner::default().generate().unwrap();
    let signer = signer(&[rfc_key(), other.clone()]);
    let claim =
        |kid: &str| signed(&with(header(), "kid", json!(kid)).to_string(), &payload().to_string());
    assert!(signer.verify(&claim(&rfc_key().kid)).is_ok());
    assert!(signer.verify(&claim(&other.kid)).is_err());
    assert!(signer.verify(&claim("unknown")).is_err());
    assert!(signer.verify(&claim("")).is_err());
    let message = message(&header().to_string(), &payload().to_string());
    let zeros = BASE64_URL_SAFE_NO_PAD.encode([0; 64]);
    assert!(signer.verify(&format!("{message}.{zeros}")).is_err());
}

#[test]
fn a_header_must_be_one_of_ours() {
    assert!(verify(&header(), &payload()).is_ok());
    assert!(verify(&without(header(), "typ"), &payload()).is_ok());
    assert!(verify(&without(header(), "kid"), &payload()).is_err());
    for (name, value) in [
        ("kid", json!(1)),
        ("kid", json!([rfc_key().kid])),
        ("kid", Value::Null),
        ("typ", json!("at+jwt")),
        ("typ", json!("")),
        ("typ", json!(1)),
        ("crit", json!([])),
        ("crit", json!(["exp"])),
        ("crit", json!("exp")),
    ] {
        let header = with(header(), name, value.clone());
        assert!(verify(&header, &payload()).is_err(), "{name}: {value}");
    }
}

#[test]
fn every_claim_is_required_and_has_one_type() {
    let id = json!("01890a5d-ac96-774b-bcce-b302099a8057");
    let not_text = [json!(1), json!(["x"]), json!({}), json!(true)];
    let not_id = [json!(""), json!("x"), json!(7), json!([id]), json!("01890a5d")];
    let not_integer = [json!(1.5), json!(1.0), json!("1"), json!(true), json!([1]), json!(1e30)];
    for (name, wrong) in [
        ("iss", not_text.as_slice()),
        ("aud", &not_text),
        ("sub", &not_id),
        ("jti", &not_id),
        ("sid", &not_id),
        ("iat", &not_integer),
        ("nbf", &not_integer),
        ("exp", &not_integer),
        ("auth_time", &not_integer),
        ("user_type", &not_integer),
        ("user_type", &[json!(2_147_483_648_i64)]),
        ("app_id", &[json!(""), json!("wxDEV0000000000001"), json!(["wxdev0000000000001"])]),
    ] {
        assert!(verify(&header(), &without(payload(), name)).is_err(), "no {name}");
        for value in wrong.iter().chain(&[Value::Null]) {
            let payload = with(payload(), name, value.clone());
            assert!(verify(&header(), &payload).is_err(), "{name}: {value}");
        }
    }
}

#[test]
fn nothing_is_said_twice() {
    let signer = signer(&[rfc_key()]);
    let (header, payload) = (header().to_string(), payload().to_string());
    let twice = |object: &str, member: &str| format!("{{{member},{}", &object[1..]);
    assert!(signer.verify(&signed(&header, &payload)).is_ok());
    for member in [r#""alg":"ES256""#, r#""kid":"x""#, r#""typ":"JWT""#] {
        assert!(signer.verify(&signed(&twice(&header, member), &payload)).is_err(), "{member}");
    }
    for member in [r#""aud":"wxdev0000000000001""#, r#""exp":1"#, r#""sub":null"#, r#""sid":"x""#] {
        assert!(signer.verify(&signed(&header, &twice(&payload, member))).is_err(), "{member}");
    }
}
