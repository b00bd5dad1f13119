use std::sync::Arc;

use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use uuid::Uuid;
use wxlogin_domain::model::SessionId;
use wxlogin_domain::usecase::UseCases;
use wxlogin_domain::usecase::profile::phone::binding::PhoneCodeClaim;

use super::shared::WECHAT_CODES;
use super::tag::Tag;
use crate::extractors::{AccessTokenScheme, FileUpload, JsonBody};
use crate::problem::{Failure, ProblemCode, ProblemDetails, codes, problem_set};
use crate::responses::{JsonResponse, NoContent};
use crate::schemas::{
    Decrypted, EncryptedRequest, EndedSessions, Erased, OwnSessions, PhoneRequest, ProfileChange,
    SignedRequest, User, Validity, example,
};

problem_set!(SignedInProblems, ProblemDetails, [codes::SIGNED_IN]);
problem_set!(
    ChangeProblems,
    ProblemDetails,
    [codes::BODY, codes::SIGNED_IN, &[ProblemCode::RateLimited]]
);
problem_set!(JustSignedInProblems, ProblemDetails, [codes::JUST_SIGNED_IN]);
problem_set!(EndSessionProblems, ProblemDetails, [codes::SIGNED_IN, &[ProblemCode::NotFound]]);
problem_set!(
    AvatarProblems,
    ProblemDetails,
    [
        codes::BODY,
        codes::SIGNED_IN,
        &[ProblemCode::ImageInvalid, ProblemCode::AvatarsDisabled, ProblemCode::RateLimited]
    ]
);
problem_set!(
    BindPhoneProblems,
    ProblemDetails,
    [
        codes::BODY,
        codes::JUST_SIGNED_IN,
        &[ProblemCode::PhoneCodeInvalid, ProblemCode::PhoneTaken, ProblemCode::PhoneUnavailable],
        WECHAT_CODES
    ]
);
problem_set!(
    BindEncryptedPhoneProblems,
    ProblemDetails,
    [
        codes::BODY,
        codes::JUST_SIGNED_IN,
        &[ProblemCode::OpenDataInvalid, ProblemCode::SessionKeyStale, ProblemCode::PhoneTaken],
        WECHAT_CODES
    ]
);
problem_set!(
    OpenDataProblems,
    ProblemDetails,
    [
        codes::BODY,
        codes::SIGNED_IN,
        &[ProblemCode::OpenDataInvalid, ProblemCode::SessionKeyStale, ProblemCode::RateLimited]
    ]
);
problem_set!(CheckSessionKeyProblems, ProblemDetails, [codes::SIGNED_IN, WECHAT_CODES]);

/// What users do with their own account.
pub(crate) struct AccountApi;

#[OpenApi(tag = "Tag::Account")]
impl AccountApi {
    /// Get the signed-in user · 当前用户
    ///
    /// Returns the user whom the access token belongs to, with the whole phone number.
    #[oai(path = "/v1/me", method = "get", operation_id = "getMeV1")]
    async fn show(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        token: AccessTokenScheme,
    ) -> Result<JsonResponse<User>, Failure<SignedInProblems>> {
        let user = services.account.show(&token.0.token).await?;
        Ok(JsonResponse(User::own(user, services)?))
    }

    /// Change nickname or avatar · 修改昵称或头像
    ///
    /// Changes the fields that are sent and keeps the others; `null` removes a value. Unlike at
    /// login, a value that cannot be accepted is an error.
    #[oai(path = "/v1/me", method = "post", operation_id = "changeMeV1")]
    async fn change(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        token: AccessTokenScheme,
        JsonBody(change): JsonBody<ProfileChange>,
    ) -> Result<JsonResponse<User>, Failure<ChangeProblems>> {
        let nickname = ProfileChange::of(&change.nickname);
        let avatar_url = ProfileChange::of(&change.avatar_url);
        let changed = services.account.change_profile(&token.0.token, nickname, avatar_url);
        Ok(JsonResponse(User::own(changed.await?, services)?))
    }

    /// Delete the account · 注销账号
    ///
    /// Ends every session and deletes the user and all of the user's data, either at once or at
    /// the end of the grace period that the operator has configured. The user must have signed in
    /// less than five minutes ago.
    #[oai(path = "/v1/me", method = "delete", operation_id = "eraseMeV1")]
    async fn erase(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        token: AccessTokenScheme,
    ) -> Result<JsonResponse<Erased>, Failure<JustSignedInProblems>> {
        let erase_at = services.account.erase(&token.0.token).await?;
        Ok(JsonResponse(erase_at.into()))
    }

    /// List the user's sessions · 已登录的设备
    ///
    /// Lists the sessions that have not ended, most recently used first, with the names of their
    /// devices.
    #[oai(path = "/v1/me/sessions", method = "get", operation_id = "listMySessionsV1")]
    async fn list_sessions(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        token: AccessTokenScheme,
    ) -> Result<JsonResponse<OwnSessions>, Failure<SignedInProblems>> {
        let sessions = services.sessions.list(&token.0.token).await?;
        Ok(JsonResponse(sessions.into()))
    }

    /// End one session · 下线一台设备
    ///
    /// It may be the session of the access token itself. The session of another user is answered
    /// with `not_found`.
    #[oai(path = "/v1/me/sessions/:id", method = "delete", operation_id = "endMySessionV1")]
    async fn end_session(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        token: AccessTokenScheme,
        /// The session's id.
        #[oai(example = "example::session")]
        Path(id): Path<Uuid>,
    ) -> Result<NoContent, Failure<EndSessionProblems>> {
        services.sessions.end_one(&token.0.token, SessionId::from_uuid(id)).await?;
        Ok(NoContent)
    }

    /// End all other sessions · 下线其他设备
    ///
    /// Keeps the session of the access token. The user must have signed in less than five minutes
    /// ago.
    #[oai(path = "/v1/me/sessions", method = "delete", operation_id = "endMyOtherSessionsV1")]
    async fn end_other_sessions(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        token: AccessTokenScheme,
    ) -> Result<JsonResponse<EndedSessions>, Failure<JustSignedInProblems>> {
        let ended = services.sessions.end_others(&token.0.token).await?;
        Ok(JsonResponse(EndedSessions { ended }))
    }

    /// Upload an avatar · 上传头像
    ///
    /// For the temporary file that `open-type="chooseAvatar"` returns: send it using
    /// `wx.uploadFile` with `name: "file"`. wxlogin converts a PNG, JPEG or WebP image to a JPEG of
    /// at most 512 pixels a side, without metadata, and sets the user's `avatarUrl` to its address.
    /// An animated image is refused, and other fields of the form (`formData`) are ignored. The
    /// previous image is deleted some minutes later. A user can upload one image at a time.
    #[oai(path = "/v1/me/avatar", method = "post", operation_id = "uploadAvatarV1")]
    async fn upload_avatar(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        token: AccessTokenScheme,
        upload: FileUpload,
    ) -> Result<JsonResponse<User>, Failure<AvatarProblems>> {
        let avatars = &services.avatars;
        let uploader = match avatars.admit(&token.0.token).await {
            Ok(uploader) => uploader,
            Err(error) => {
                upload.discard().await;
                return Err(error.into());
            }
        };
        let file = upload.read(avatars.longest_upload()).await?;
        let user = avatars.replace(uploader, file).await?;
        Ok(JsonResponse(User::own(user, services)?))
    }

    /// Bind a phone number · 绑定手机号
    ///
    /// Exchanges the code of the phone-number button with WeChat and sets the user's phone number,
    /// replacing the previous one. A code that WeChat gave to another user is refused, and so is a
    /// number that another user has. Binding completes even if the client disconnects; wxlogin
    /// sends each code to WeChat only once. A user who already has a phone number must have signed
    /// in less than five minutes ago.
    #[oai(path = "/v1/me/phone", method = "post", operation_id = "bindPhoneV1")]
    async fn bind_phone(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        token: AccessTokenScheme,
        JsonBody(request): JsonBody<PhoneRequest>,
    ) -> Result<JsonResponse<User>, Failure<BindPhoneProblems>> {
        let user = services.phones.bind(&token.0.token, &PhoneCodeClaim(request.code)).await?;
        Ok(JsonResponse(User::own(user, services)?))
    }

    /// Bind an encrypted phone number · 绑定加密手机号（旧版）
    ///
    /// Only for pages whose phone-number button returns no code (base library before 2.21.2), and
    /// only for apps with `encrypted_phone = true`. Send the data within 15 minutes. wxlogin asks
    /// WeChat to confirm that the data is genuine.
    #[oai(path = "/v1/me/phone/encrypted", method = "post", operation_id = "bindEncryptedPhoneV1")]
    async fn bind_encrypted_phone(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        token: AccessTokenScheme,
        JsonBody(request): JsonBody<EncryptedRequest>,
    ) -> Result<JsonResponse<User>, Failure<BindEncryptedPhoneProblems>> {
        let EncryptedRequest { encrypted_data, iv } = &request;
        let user = services.encrypted_phones.bind(&token.0.token, encrypted_data, iv).await?;
        Ok(JsonResponse(User::own(user, services)?))
    }

    /// Decrypt open data · 解密开放数据
    ///
    /// Decrypts data that WeChat encrypted for the user with the session key of the latest login
    /// or, for one hour after that login, the previous session key. The watermark must name this
    /// app and be less than 15 minutes old. The result is not proof of a phone number: use
    /// `POST /v1/me/phone`.
    #[oai(path = "/v1/me/open-data/decrypt", method = "post", operation_id = "decryptOpenDataV1")]
    async fn decrypt_open_data(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        token: AccessTokenScheme,
        JsonBody(request): JsonBody<EncryptedRequest>,
    ) -> Result<JsonResponse<Decrypted>, Failure<OpenDataProblems>> {
        let EncryptedRequest { encrypted_data, iv } = &request;
        let opened = services.wechat_session.decrypt(&token.0.token, encrypted_data, iv).await?;
        Ok(JsonResponse(Decrypted { data: opened.json().to_owned() }))
    }

    /// Verify signed open data · 校验开放数据签名
    ///
    /// Checks that WeChat signed `rawData` for the user with the session key of the latest login
    /// or, for one hour after that login, the previous session key. A signature that matches
    /// neither is forged or was made with an older key: sign in again and ask WeChat for the data
    /// again.
    #[oai(path = "/v1/me/open-data/verify", method = "post", operation_id = "verifyOpenDataV1")]
    async fn verify_open_data(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        token: AccessTokenScheme,
        JsonBody(request): JsonBody<SignedRequest>,
    ) -> Result<NoContent, Failure<OpenDataProblems>> {
        let SignedRequest { raw_data, signature } = &request;
        services.wechat_session.verify(&token.0.token, raw_data, signature).await?;
        Ok(NoContent)
    }

    /// Check the session key · 检查登录态
    ///
    /// Asks WeChat whether the session key of the user's latest login is still valid. If it is
    /// not, call `wx.login` and sign in again before you ask WeChat for open data.
    #[oai(path = "/v1/me/session-key/check", method = "post", operation_id = "checkSessionKeyV1")]
    async fn check_session_key(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        token: AccessTokenScheme,
    ) -> Result<JsonResponse<Validity>, Failure<CheckSessionKeyProblems>> {
        let valid = services.wechat_session.check_session_key(&token.0.token).await?;
        Ok(JsonResponse(Validity { valid }))
    }
}
