use poem_openapi::OpenApi;
use wxlogin_domain::usecase::profile::phone::binding::PhoneCodeClaim;

use super::objects::{EncryptedRequest, PhoneRequest, User};
use super::{Tag, wired};
use crate::UseCases;
use crate::answer::JsonAnswer;
use crate::body::JsonBody;
use crate::problem::{Failure, ProblemCode, ProblemDetails, codes, problem_set};
use crate::security::AccessTokenScheme;

problem_set!(
    BindProblems,
    ProblemDetails,
    [
        codes::BODY,
        codes::JUST_SIGNED_IN,
        &[
            ProblemCode::PhoneCodeInvalid,
            ProblemCode::PhoneTaken,
            ProblemCode::RateLimited,
            ProblemCode::WechatMisconfigured,
            ProblemCode::WechatUnavailable,
        ]
    ]
);

problem_set!(
    BindEncryptedProblems,
    ProblemDetails,
    [
        codes::BODY,
        codes::JUST_SIGNED_IN,
        &[
            ProblemCode::OpenDataInvalid,
            ProblemCode::SessionKeyStale,
            ProblemCode::PhoneTaken,
            ProblemCode::RateLimited,
            ProblemCode::WechatMisconfigured,
            ProblemCode::WechatUnavailable,
        ]
    ]
);

pub(crate) struct PhoneApi(pub(crate) Option<UseCases>);

#[OpenApi(tag = "Tag::Account")]
impl PhoneApi {
    /// Bind a phone number · 绑定手机号
    ///
    /// Asks WeChat which number the code of the phone-number button stands for, and gives it to the
    /// user in place of the one before. A code of somebody else is refused, and so is a number that
    /// another user has. Binding runs to its end even if the caller hangs up, and a code is sent to
    /// WeChat once. Whoever has a number already has to have signed in less than five minutes ago.
    #[oai(path = "/v1/me/phone", method = "post", operation_id = "bindPhoneV1")]
    async fn bind(
        &self,
        token: AccessTokenScheme,
        JsonBody(request): JsonBody<PhoneRequest>,
    ) -> Result<JsonAnswer<User>, Failure<BindProblems>> {
        let services = wired(self.0.as_ref())?;
        let user = services.phones.bind(&token.0.token, &PhoneCodeClaim(request.code)).await?;
        Ok(JsonAnswer(User::own(user, services)?))
    }

    /// Bind an encrypted phone number · 绑定加密手机号（旧版）
    ///
    /// For pages whose phone-number button gives no code yet (base libraries before 2.21.2), and for
    /// apps with `encrypted_phone = true` only. Takes what the button gave less than a quarter of an
    /// hour ago, if WeChat says that it made it.
    #[oai(path = "/v1/me/phone/encrypted", method = "post", operation_id = "bindEncryptedPhoneV1")]
    async fn bind_encrypted(
        &self,
        token: AccessTokenScheme,
        JsonBody(request): JsonBody<EncryptedRequest>,
    ) -> Result<JsonAnswer<User>, Failure<BindEncryptedProblems>> {
        let services = wired(self.0.as_ref())?;
        let EncryptedRequest { encrypted_data, iv } = &request;
        let user = services.encrypted_phones.bind(&token.0.token, encrypted_data, iv).await?;
        Ok(JsonAnswer(User::own(user, services)?))
    }
}
