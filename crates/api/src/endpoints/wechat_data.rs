use poem_openapi::OpenApi;

use super::objects::{Decrypted, EncryptedRequest, SignedRequest, Validity};
use super::{Tag, wired};
use crate::UseCases;
use crate::answer::JsonAnswer;
use crate::body::JsonBody;
use crate::problem::{Failure, ProblemCode, ProblemDetails, codes, problem_set};
use crate::security::AccessTokenScheme;

problem_set!(
    DecryptProblems,
    ProblemDetails,
    [codes::BODY, codes::SIGNED_IN, &[ProblemCode::OpenDataInvalid, ProblemCode::SessionKeyStale]]
);
problem_set!(
    VerifyProblems,
    ProblemDetails,
    [codes::BODY, codes::SIGNED_IN, &[ProblemCode::OpenDataInvalid]]
);
problem_set!(
    CheckProblems,
    ProblemDetails,
    [
        codes::SIGNED_IN,
        &[
            ProblemCode::RateLimited,
            ProblemCode::WechatMisconfigured,
            ProblemCode::WechatUnavailable,
        ]
    ]
);

pub(crate) struct WechatDataApi(pub(crate) Option<UseCases>);

#[OpenApi(tag = "Tag::Account")]
impl WechatDataApi {
    /// Decrypt open data · 解密开放数据
    ///
    /// Opens what WeChat encrypted for the person under the session key of the latest login, or of
    /// the one before for an hour. Its watermark has to name this app and be less than a quarter of
    /// an hour old. A phone number that comes this way proves nothing: `POST /v1/me/phone` does.
    #[oai(path = "/v1/me/open-data/decrypt", method = "post", operation_id = "decryptOpenDataV1")]
    async fn decrypt(
        &self,
        token: AccessTokenScheme,
        JsonBody(request): JsonBody<EncryptedRequest>,
    ) -> Result<JsonAnswer<Decrypted>, Failure<DecryptProblems>> {
        let session = &wired(self.0.as_ref())?.wechat_session;
        let EncryptedRequest { encrypted_data, iv } = &request;
        let opened = session.decrypt(&token.0.token, encrypted_data, iv).await?;
        Ok(JsonAnswer(Decrypted { data: opened.json().to_owned() }))
    }

    /// Verify signed open data · 校验开放数据签名
    ///
    /// Whether WeChat signed `rawData` for the person, with the session key of the latest login or of
    /// the one before.
    #[oai(path = "/v1/me/open-data/verify", method = "post", operation_id = "verifyOpenDataV1")]
    async fn verify(
        &self,
        token: AccessTokenScheme,
        JsonBody(request): JsonBody<SignedRequest>,
    ) -> Result<JsonAnswer<Validity>, Failure<VerifyProblems>> {
        let session = &wired(self.0.as_ref())?.wechat_session;
        let SignedRequest { raw_data, signature } = &request;
        let valid = session.verify(&token.0.token, raw_data, signature).await?;
        Ok(JsonAnswer(Validity { valid }))
    }

    /// Check the session key · 检查登录态
    ///
    /// Asks WeChat whether the session key of the person's latest login is still the valid one. If
    /// not, the page should call `wx.login` and sign in again before it asks WeChat for open data.
    #[oai(path = "/v1/me/session-key/check", method = "post", operation_id = "checkSessionKeyV1")]
    async fn check_session_key(
        &self,
        token: AccessTokenScheme,
    ) -> Result<JsonAnswer<Validity>, Failure<CheckProblems>> {
        let session = &wired(self.0.as_ref())?.wechat_session;
        let valid = session.check_session_key(&token.0.token).await?;
        Ok(JsonAnswer(Validity { valid }))
    }
}
