use serde::{Deserialize, Serialize};
use uuid::Uuid;
use wxlogin_domain::model::{AccessClaims, AppId, SessionId, Timestamp, UserId, UserType};
use wxlogin_domain::ports::TokenRejected;

/// The payload of an access token. Every claim is required; times are whole seconds since 1970 (RFC
/// 7519, `NumericDate`). Unknown claims are ignored, so that a later version can add some.
#[derive(Serialize, Deserialize)]
pub(super) struct Claims {
    iss: String,
    sub: Uuid,
    aud: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    auth_time: i64,
    jti: Uuid,
    sid: Uuid,
    app_id: String,
    user_type: i32,
}

impl From<&AccessClaims> for Claims {
    fn from(claims: &AccessClaims) -> Self {
        Self {
            iss: claims.issuer.clone(),
            sub: claims.user_id.as_uuid(),
            aud: claims.audience.clone(),
            iat: claims.issued_at.as_seconds(),
            nbf: claims.not_before.as_seconds(),
            exp: claims.expires_at.as_seconds(),
            auth_time: claims.auth_time.as_seconds(),
            jti: claims.token_id,
            sid: claims.session_id.as_uuid(),
            app_id: claims.app_id.as_str().to_owned(),
            user_type: claims.user_type.0,
        }
    }
}

impl TryFrom<Claims> for AccessClaims {
    type Error = TokenRejected;

    fn try_from(claims: Claims) -> Result<Self, TokenRejected> {
        Ok(Self {
            issuer: claims.iss,
            user_id: UserId::from_uuid(claims.sub),
            audience: claims.aud,
            issued_at: Timestamp::from_seconds(claims.iat),
            not_before: Timestamp::from_seconds(claims.nbf),
            expires_at: Timestamp::from_seconds(claims.exp),
            auth_time: Timestamp::from_seconds(claims.auth_time),
            token_id: claims.jti,
            session_id: SessionId::from_uuid(claims.sid),
            app_id: AppId::parse(&claims.app_id).map_err(|_| TokenRejected::Forged)?,
            user_type: UserType(claims.user_type),
        })
    }
}
