use poem_openapi::Object;
use poem_openapi::types::Example;

use crate::responses::Described;

/// The public keys that access tokens are signed with (RFC 7517).
#[derive(Object)]
#[oai(example)]
pub(crate) struct JwkSet {
    /// The keys. A token names its own by `kid`.
    keys: Vec<Jwk>,
}

/// A public key on the curve P-256 (RFC 7518 section 6.2).
#[derive(Object)]
#[oai(example)]
struct Jwk {
    /// The kind of key. Always `EC`.
    kty: String,
    /// What it is for. Always `sig`.
    r#use: String,
    /// How it signs. Always `ES256`.
    alg: String,
    /// The key's name: its thumbprint (RFC 7638).
    kid: String,
    /// The curve. Always `P-256`.
    crv: String,
    /// A coordinate of the key's point.
    x: String,
    /// The other coordinate.
    y: String,
}

impl Described for JwkSet {
    const DESCRIPTION: &'static str =
        "Every key whose tokens hold, and the one that will sign next.";
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
