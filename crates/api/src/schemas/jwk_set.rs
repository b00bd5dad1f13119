use poem_openapi::Object;
use poem_openapi::types::Example;

use crate::responses::Described;

/// The public keys for verifying access tokens (RFC 7517).
#[derive(Object)]
#[oai(example)]
pub(crate) struct JwkSet {
    /// The keys. A token's header names its key by `kid`.
    keys: Vec<Jwk>,
}

/// A public key on the curve P-256 (RFC 7518 section 6.2).
#[derive(Object)]
#[oai(example)]
struct Jwk {
    /// The key type. Always `EC`.
    kty: String,
    /// The use of the key. Always `sig`.
    r#use: String,
    /// The algorithm. Always `ES256`.
    alg: String,
    /// The key id, which is the key's thumbprint (RFC 7638).
    kid: String,
    /// The curve. Always `P-256`.
    crv: String,
    /// The x coordinate of the key's point.
    x: String,
    /// The y coordinate of the key's point.
    y: String,
}

impl Described for JwkSet {
    const DESCRIPTION: &'static str =
        "The keys of all valid tokens, and the key that will sign next.";
}

impl Example for JwkSet {
    fn example() -> Self {
        Self { keys: vec![Jwk::example()] }
    }
}

impl Example for Jwk {
    // The key of RFC 7515, appendix A.3.
    fn example() -> Self {
        Self {
            kty: "EC".into(),
            r#use: "sig".into(),
            alg: "ES256".into(),
            kid: "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U".into(),
            crv: "P-256".into(),
            x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU".into(),
            y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0".into(),
        }
    }
}
