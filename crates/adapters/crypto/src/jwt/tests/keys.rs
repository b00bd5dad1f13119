use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{JwkSet, ThumbprintHash};

use super::*;

mod contract {
    wxlogin_domain::signer_contract!(super::JwtSigner::default());
}

/// The P-256 key of RFC 7517, appendices A.1 and A.2; wrapped and named with Python.
fn other_rfc_key() -> SigningKey {
    named_key(
        "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s",
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3\
         eAGhRANCAAQwoEJM0hwpRIOKLXXJKzfnbqINnwCJOjtO7oo8Cq/sPuBLZekkVtmIi1Kzeb371R7oae8fD8ZbZllp\
         W2zOCBcj",
    )
}

/// The P-256 key 49350, whose coordinates both begin with a zero byte; found with Python.
fn key_with_leading_zeros() -> SigningKey {
    named_key(
        "kAORMhlgziJZIHgXEMPBV0UiV4FORQftLpCrZ8oCbzI",
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
         wMahRANCAAQAIGJPfbKUggwxohsQom6OGQU9gUdHpveg6JFr4imZtQDqJ/L4+iER2dtzj82c5+knulEvIP6fDFqk\
         CZwb2FAC",
    )
}

/// The coordinates of the first two keys are as the RFCs print them. Those of the third keep their
/// zeros (RFC 7518, 6.2.1.2).
#[test]
fn the_jwks_equals_that_of_other_implementations() {
    let jwk = |kid: &str, x: &str, y: &str| {
        let named = format!(r#""use":"sig","alg":"ES256","kid":"{kid}""#);
        format!(r#"{{{named},"kty":"EC","crv":"P-256","x":"{x}","y":"{y}"}}"#)
    };
    let first = jwk(
        "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U",
        "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    );
    let second = jwk(
        "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s",
        "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    );
    let third = jwk(
        "kAORMhlgziJZIHgXEMPBV0UiV4FORQftLpCrZ8oCbzI",
        "ACBiT32ylIIMMaIbEKJujhkFPYFHR6b3oOiRa-IpmbU",
        "AOon8vj6IRHZ23OPzZzn6Se6US8g_p8MWqQJnBvYUAI",
    );
    let signer = signer(&[rfc_key(), other_rfc_key(), key_with_leading_zeros()]);
    assert_eq!(signer.jwks(), format!(r#"{{"keys":[{first},{second},{third}]}}"#));
}

#[test]
fn a_generated_key_is_named_by_its_thumbprint() {
    let key = JwtSigner::default().generate().unwrap();
    let jwks = signer(std::slice::from_ref(&key)).jwks();
    let set: JwkSet = serde_json::from_str(&jwks).unwrap();
    assert_eq!(set.keys[0].thumbprint(ThumbprintHash::SHA256).unwrap(), key.kid);
}

#[test]
fn the_jwks_verifies_every_token() {
    let signer = JwtSigner::default();
    let (old, new) = (signer.generate().unwrap(), signer.generate().unwrap());
    let published = vec![new.clone(), old.clone()];
    for signing in [old, new] {
        let kid = signing.kid.clone();
        let ring = KeyRing { signing: Some(signing), published: published.clone() };
        signer.install(&ring).unwrap();
        let token = signer.sign(&claims()).unwrap();

        let set: JwkSet = serde_json::from_str(&signer.jwks()).unwrap();
        let header = jsonwebtoken::decode_header(token.expose()).unwrap();
        assert_eq!(header.kid.as_ref(), Some(&kid));
        let key = DecodingKey::from_jwk(set.find(&kid).unwrap()).unwrap();
        let mut validation = Validation::new(header.alg);
        validation.set_issuer(&["https://login.example.com"]);
        validation.set_audience(&["wxdev0000000000001"]);
        validation.validate_exp = false;
        let token = jsonwebtoken::decode::<Value>(token.expose(), &key, &validation).unwrap();
        assert_eq!(token.claims, payload());
    }
}

#[test]
fn a_key_with_a_wrong_id_or_type_is_not_installed() {
    let signer = signer(&[rfc_key()]);
    let token = signer.sign(&claims()).unwrap();
    let other = other_rfc_key();
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
        for (signing, published) in [
            (None, vec![other.clone(), unfit.clone()]),
            (None, vec![unfit.clone(), other.clone()]),
            (Some(unfit.clone()), vec![unfit.clone()]),
            (Some(unfit), vec![other.clone()]),
        ] {
            let ring = KeyRing { signing, published };
            assert!(signer.install(&ring).is_err(), "{ring:?}");
            assert!(signer.verify(token.expose()).is_ok());
        }
    }
}
