use poem_openapi::Object;
use poem_openapi::types::Example;
use wxlogin_domain::usecase::tokens::introspection::ActiveToken;

use super::example;
use crate::extractors::{Form, FromForm};
use crate::problem::Problem;
use crate::responses::Described;

/// The token to check or revoke. Other parameters are ignored, as OAuth requires.
#[derive(Object)]
#[oai(skip_serializing_if_is_none, example)]
pub(crate) struct TokenForm {
    /// The token.
    #[oai(validator(min_length = 1))]
    pub(crate) token: String,
    /// The type of the token. Ignored, because wxlogin recognizes the type by itself.
    token_type_hint: Option<String>,
}

impl FromForm for TokenForm {
    fn from_form(form: &Form) -> Result<Self, Problem> {
        Ok(Self {
            token: form.required("token")?.to_owned(),
            token_type_hint: form.optional("token_type_hint")?.map(ToOwned::to_owned),
        })
    }
}

impl Example for TokenForm {
    fn example() -> Self {
        Self {
            token: "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiIs…".into(),
            token_type_hint: Some("access_token".into()),
        }
    }
}

/// The claims of a token (RFC 7662 section 2.2). For an invalid token, `active` is the only field.
#[derive(Object, Default)]
#[oai(skip_serializing_if_is_none, example)]
pub(crate) struct Introspection {
    /// Whether the token is valid and belongs to an app of this client.
    active: bool,
    /// The issuer of the token: this service's public URL.
    iss: Option<String>,
    /// The user's id.
    sub: Option<String>,
    /// The audience of the token: the AppID, unless the operator has configured another value.
    aud: Option<String>,
    /// When the token expires, in seconds since 1970.
    exp: Option<i64>,
    /// When the token was issued, in seconds since 1970.
    iat: Option<i64>,
    /// When the token becomes valid, in seconds since 1970.
    nbf: Option<i64>,
    /// The token's id.
    jti: Option<String>,
    /// The client that the token was issued to: the AppID.
    client_id: Option<String>,
    /// Always `Bearer`.
    token_type: Option<String>,
    /// When the user signed in, in seconds since 1970.
    auth_time: Option<i64>,
    /// The id of the session that the token belongs to.
    sid: Option<String>,
    /// The AppID of the mini-program that the user signed in to.
    app_id: Option<String>,
    /// The operator's own classification of the user when the token was issued.
    user_type: Option<i32>,
    /// WeChat's id of the user in this app. Only for clients with the scope `openid`.
    openid: Option<String>,
    /// WeChat's id of the user across apps, if known. Only for clients with the scope `openid`.
    unionid: Option<String>,
}

impl From<Option<ActiveToken>> for Introspection {
    fn from(token: Option<ActiveToken>) -> Self {
        let Some(ActiveToken { claims, person }) = token else { return Self::default() };
        let (open_id, union_id) = person.map(|person| (person.open_id, person.union_id)).unzip();
        let app_id = claims.app_id.as_str().to_owned();
        Self {
            active: true,
            iss: Some(claims.issuer),
            sub: Some(claims.user_id.to_string()),
            aud: Some(claims.audience),
            exp: Some(claims.expires_at.as_seconds()),
            iat: Some(claims.issued_at.as_seconds()),
            nbf: Some(claims.not_before.as_seconds()),
            jti: Some(claims.token_id.to_string()),
            client_id: Some(app_id.clone()),
            token_type: Some("Bearer".into()),
            auth_time: Some(claims.auth_time.as_seconds()),
            sid: Some(claims.session_id.to_string()),
            app_id: Some(app_id),
            user_type: Some(claims.user_type.0),
            openid: open_id.map(|open_id| open_id.as_str().to_owned()),
            unionid: union_id.flatten().map(|union_id| union_id.as_str().to_owned()),
        }
    }
}

impl Described for Introspection {
    const DESCRIPTION: &'static str = "The claims of the token, or `active: false`.";
}

impl Example for Introspection {
    fn example() -> Self {
        Self {
            active: true,
            iss: Some(example::ISSUER.into()),
            sub: Some(example::USER.to_string()),
            aud: Some(example::APP.into()),
            exp: Some(example::seconds(0) + 900),
            iat: Some(example::seconds(0)),
            nbf: Some(example::seconds(0) - 60),
            jti: Some(example::TOKEN.to_string()),
            client_id: Some(example::APP.into()),
            token_type: Some("Bearer".into()),
            auth_time: Some(example::seconds(0)),
            sid: Some(example::SESSION.to_string()),
            app_id: Some(example::APP.into()),
            user_type: Some(2),
            openid: Some("oABCD1234567890abcdefghijklm".into()),
            unionid: Some("uABCD1234567890abcdefghijklm".into()),
        }
    }
}
