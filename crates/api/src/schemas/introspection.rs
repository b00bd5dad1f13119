use poem_openapi::Object;
use poem_openapi::types::Example;
use wxlogin_domain::usecase::tokens::introspection::ActiveToken;

use super::example;
use crate::responses::Described;
use crate::extractors::{Form, FromForm};
use crate::problem::Problem;

/// The token that is meant. Other parameters are ignored, as OAuth wants it.
#[derive(Object)]
#[oai(skip_serializing_if_is_none, example)]
pub(crate) struct TokenForm {
    /// The token.
    pub(crate) token: String,
    /// What kind of token it may be. Ignored: a token shows by itself what it is.
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

/// What a token says (RFC 7662 section 2.2). For a token that does not hold there is `active` and
/// nothing else.
#[derive(Object, Default)]
#[oai(skip_serializing_if_is_none, example)]
pub(crate) struct Introspection {
    /// Whether the token holds here and now, for an app of this client.
    active: bool,
    /// Who has issued the token: this service's public URL.
    iss: Option<String>,
    /// The user's id.
    sub: Option<String>,
    /// Whom the token is for: the app's id unless the operator has set something else.
    aud: Option<String>,
    /// Until when the token holds, in seconds since 1970.
    exp: Option<i64>,
    /// When the token was signed, in seconds since 1970.
    iat: Option<i64>,
    /// From when on the token holds, in seconds since 1970.
    nbf: Option<i64>,
    /// The token's own id.
    jti: Option<String>,
    /// For whom the token was issued: the app's id.
    client_id: Option<String>,
    /// Always `Bearer`.
    token_type: Option<String>,
    /// When the person signed in, in seconds since 1970.
    auth_time: Option<i64>,
    /// The session the token belongs to.
    sid: Option<String>,
    /// Through which mini-program the person signed in.
    app_id: Option<String>,
    /// The operator's own classification of the user when the token was signed.
    user_type: Option<i32>,
    /// As whom WeChat knows the person in this app. Only with the scope `openid`.
    openid: Option<String>,
    /// As whom WeChat knows the person across apps, if it has said so. Only with the scope
    /// `openid`.
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
    const DESCRIPTION: &'static str = "What the token says, or that it does not hold.";
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
            nbf: Some(example::seconds(0)),
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
