use wxlogin_domain::ports::TokenRejected::{Forged, UnknownKey};

use super::*;

#[test]
fn no_changed_byte_is_accepted() {
    let signer = signer(&[rfc_key()]);
    let token = signer.sign(&claims()).unwrap();
    let token = token.expose();
    assert_eq!(signer.verify(token), Ok(claims()));
    for at in 0..token.len() {
        for bit in 0..7 {
            let mut changed = token.as_bytes().to_vec();
            changed[at] ^= 1 << bit;
            let changed = String::from_utf8(changed).unwrap();
            assert!(signer.verify(&changed).is_err(), "byte {at}, bit {bit}");
        }
        assert_eq!(signer.verify(&token[..at]), Err(Forged), "{at} bytes");
    }
}

#[test]
fn other_texts_are_rejected() {
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
        ".".repeat(AccessToken::MAX_LEN),
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
        signed(&"[".repeat(2_000), &payload().to_string()),
        signed(&header().to_string(), &"[".repeat(2_000)),
    ] {
        assert_eq!(signer.verify(&text), Err(Forged), "{text:.80}");
    }
}

#[test]
fn an_oversized_token_is_rejected_although_it_is_signed() {
    let signer = signer(&[rfc_key()]);
    let header = header().to_string();
    let payload = |filler| with(payload(), "filler", "x".repeat(filler).into()).to_string();
    // A dot and the signature follow.
    let len = |filler| message(&header, &payload(filler)).len() + 87;
    let limit = AccessToken::MAX_LEN;
    let most = (0..limit).rfind(|filler| len(*filler) <= limit).unwrap();
    assert_eq!(signer.verify(&signed(&header, &payload(most))), Ok(claims()));
    assert_eq!(signer.verify(&signed(&header, &payload(most + 1))), Err(Forged));
}

#[test]
fn no_other_algorithm_is_accepted() {
    let algorithms = [
        "none", "None", "", "HS256", "HS384", "RS256", "PS256", "ES384", "ES512", "EdDSA", "es256",
    ];
    for alg in algorithms {
        let header = with(header(), "alg", json!(alg));
        assert_eq!(verify(&header, &payload()), Err(Forged), "{alg}");
        let unsigned = message(&header.to_string(), &payload().to_string());
        assert_eq!(signer(&[rfc_key()]).verify(&format!("{unsigned}.")), Err(Forged), "{alg}");
    }
    assert_eq!(verify(&without(header(), "alg"), &payload()), Err(Forged));
}

#[test]
fn a_public_key_is_not_used_as_a_shared_secret() {
    let signer = signer(&[rfc_key()]);
    let header = with(header(), "alg", json!("HS256")).to_string();
    let message = message(&header, &payload().to_string());
    // The end of the PKCS#8 document is the public point.
    let document = rfc_key().private_key.0;
    let point = &document[document.len() - 65..];
    // A P-256 SubjectPublicKeyInfo (RFC 5480) ends with the point and has a constant prefix.
    let start = BASE64_STANDARD.decode("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgA=").unwrap();
    let der = [&start, point].concat();
    let text = BASE64_STANDARD.encode(&der);
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n{}\n-----END PUBLIC KEY-----\n",
        &text[..64],
        &text[64..]
    );
    let jwks = signer.jwks();
    let jwk = serde_json::from_str::<Value>(&jwks).unwrap()["keys"][0].to_string();
    for secret in [
        point,
        &point[1..],
        &der,
        pem.as_bytes(),
        pem.trim_end().as_bytes(),
        jwks.as_bytes(),
        jwk.as_bytes(),
        rfc_key().kid.as_bytes(),
        b"",
    ] {
        let key = EncodingKey::from_secret(secret);
        let mac = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap();
        assert_eq!(signer.verify(&format!("{message}.{mac}")), Err(Forged));
    }
}

#[test]
fn a_signature_is_valid_only_for_the_key_that_made_it() {
    let other = JwtSigner::default().generate().unwrap();
    let signer = signer(&[rfc_key(), other.clone()]);
    let claim =
        |kid: &str| signed(&with(header(), "kid", json!(kid)).to_string(), &payload().to_string());
    assert_eq!(signer.verify(&claim(&rfc_key().kid)), Ok(claims()));
    assert_eq!(signer.verify(&claim(&other.kid)), Err(Forged));
    let message = message(&header().to_string(), &payload().to_string());
    let zeros = BASE64_URL_SAFE_NO_PAD.encode([0; 64]);
    assert_eq!(signer.verify(&format!("{message}.{zeros}")), Err(Forged));
}

#[test]
fn only_a_header_of_our_form_can_name_an_unknown_key() {
    let other = JwtSigner::default().generate().unwrap();
    for kid in [other.kid.as_str(), "unknown", "", "\0"] {
        let unknown = with(header(), "kid", json!(kid));
        assert_eq!(verify(&unknown, &payload()), Err(UnknownKey), "{kid:?}");
        for (name, value) in [
            ("alg", json!("none")),
            ("alg", json!("HS256")),
            ("alg", json!("ES384")),
            ("typ", json!("at+jwt")),
            ("crit", json!(["exp"])),
        ] {
            let header = with(unknown.clone(), name, value.clone());
            assert_eq!(verify(&header, &payload()), Err(Forged), "{kid:?}, {name}: {value}");
        }
    }
}

#[test]
fn keys_inside_a_token_are_ignored() {
    let attacker = JwtSigner::default().generate().unwrap();
    let jwks = signer(std::slice::from_ref(&attacker)).jwks();
    let jwk = serde_json::from_str::<Value>(&jwks).unwrap()["keys"][0].clone();
    let payload = payload().to_string();
    for (name, value) in [
        ("jwk", jwk),
        ("jku", json!("https://attacker.example/jwks.json")),
        ("x5u", json!("https://attacker.example/certificate.pem")),
        ("x5c", json!(["MIIB"])),
    ] {
        let as_ours = with(header(), name, value);
        let forged = signed_by(&attacker, &as_ours.to_string(), &payload);
        assert_eq!(signer(&[rfc_key()]).verify(&forged), Err(Forged), "{name}");
        let as_its_own = with(as_ours.clone(), "kid", json!(attacker.kid));
        let forged = signed_by(&attacker, &as_its_own.to_string(), &payload);
        assert_eq!(signer(&[rfc_key()]).verify(&forged), Err(UnknownKey), "{name}");
        let ours = signed(&as_ours.to_string(), &payload);
        assert_eq!(signer(&[rfc_key()]).verify(&ours), Ok(claims()), "{name}");
    }
}

#[test]
fn a_header_must_have_our_form() {
    assert!(verify(&header(), &payload()).is_ok());
    assert!(verify(&without(header(), "typ"), &payload()).is_ok());
    assert_eq!(verify(&without(header(), "kid"), &payload()), Err(Forged));
    for (name, value) in [
        ("kid", json!(1)),
        ("kid", json!([rfc_key().kid])),
        ("kid", Value::Null),
        ("typ", json!("at+jwt")),
        ("typ", json!("")),
        ("typ", json!(1)),
        ("crit", json!([])),
        ("crit", json!(["exp"])),
        ("crit", json!(["b64"])),
        ("crit", json!("exp")),
    ] {
        let header = with(header(), name, value.clone());
        assert_eq!(verify(&header, &payload()), Err(Forged), "{name}: {value}");
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
        assert_eq!(verify(&header(), &without(payload(), name)), Err(Forged), "no {name}");
        for value in wrong.iter().chain(&[Value::Null]) {
            let payload = with(payload(), name, value.clone());
            assert_eq!(verify(&header(), &payload), Err(Forged), "{name}: {value}");
        }
    }
}

#[test]
fn duplicate_members_are_rejected() {
    let signer = signer(&[rfc_key()]);
    let (header, payload) = (header().to_string(), payload().to_string());
    let twice = |object: &str, member: &str| format!("{{{member},{}", &object[1..]);
    assert!(signer.verify(&signed(&header, &payload)).is_ok());
    for member in [r#""alg":"ES256""#, r#""kid":"x""#, r#""typ":"JWT""#] {
        assert_eq!(signer.verify(&signed(&twice(&header, member), &payload)), Err(Forged));
    }
    for member in [r#""aud":"wxdev0000000000001""#, r#""exp":1"#, r#""sub":null"#, r#""sid":"x""#] {
        assert_eq!(signer.verify(&signed(&header, &twice(&payload, member))), Err(Forged));
    }
}
