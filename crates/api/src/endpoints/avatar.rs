use poem_openapi::OpenApi;

use super::objects::User;
use super::{Tag, wired};
use crate::UseCases;
use crate::answer::JsonAnswer;
use crate::body::FileUpload;
use crate::problem::{Failure, ProblemCode, ProblemDetails, codes, problem_set};
use crate::security::AccessTokenScheme;

problem_set!(
    AvatarProblems,
    ProblemDetails,
    [
        codes::BODY,
        codes::SIGNED_IN,
        &[ProblemCode::ImageInvalid, ProblemCode::AvatarsDisabled, ProblemCode::RateLimited]
    ]
);

pub(crate) struct AvatarApi(pub(crate) Option<UseCases>);

#[OpenApi(tag = "Tag::Account")]
impl AvatarApi {
    /// Upload an avatar · 上传头像
    ///
    /// For what `open-type="chooseAvatar"` gives, which is a path on the phone: `wx.uploadFile` sends
    /// it with `name: "file"`. A PNG, JPEG or WebP becomes a JPEG of at most 512 pixels a side with
    /// nothing in it but the picture, and the user's `avatarUrl` is where that is shown. The picture
    /// before goes a while later. A user uploads one picture at a time.
    #[oai(path = "/v1/me/avatar", method = "post", operation_id = "uploadAvatarV1")]
    async fn upload(
        &self,
        token: AccessTokenScheme,
        upload: FileUpload,
    ) -> Result<JsonAnswer<User>, Failure<AvatarProblems>> {
        let services = wired(self.0.as_ref())?;
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
        Ok(JsonAnswer(User::own(user, services)?))
    }
}
