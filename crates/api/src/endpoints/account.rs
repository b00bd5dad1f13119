use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use uuid::Uuid;
use wxlogin_domain::model::SessionId;

use super::objects::{EndedSessions, Erased, OwnSessions, ProfileChange, User, example};
use super::{Tag, wired};
use crate::UseCases;
use crate::answer::{JsonAnswer, NoContent};
use crate::body::JsonBody;
use crate::problem::{Failure, ProblemCode, ProblemDetails, codes, problem_set};
use crate::security::AccessTokenScheme;

problem_set!(SignedInProblems, ProblemDetails, [codes::SIGNED_IN]);
problem_set!(ChangeProblems, ProblemDetails, [codes::BODY, codes::SIGNED_IN]);
problem_set!(JustSignedInProblems, ProblemDetails, [codes::JUST_SIGNED_IN]);
problem_set!(EndSessionProblems, ProblemDetails, [codes::SIGNED_IN, &[ProblemCode::NotFound]]);

pub(crate) struct AccountApi(pub(crate) Option<UseCases>);

#[OpenApi(tag = "Tag::Account")]
impl AccountApi {
    /// Show the signed-in user · 当前用户
    #[oai(path = "/v1/me", method = "get", operation_id = "getMeV1")]
    async fn show(
        &self,
        token: AccessTokenScheme,
    ) -> Result<JsonAnswer<User>, Failure<SignedInProblems>> {
        let services = wired(self.0.as_ref())?;
        let user = services.account.show(&token.0.token).await?;
        Ok(JsonAnswer(User::own(user, services)?))
    }

    /// Change nickname or avatar · 修改昵称或头像
    ///
    /// Changes what is given and leaves the rest. Unlike at a login, what is not acceptable is an
    /// error here.
    #[oai(path = "/v1/me", method = "post", operation_id = "changeMeV1")]
    async fn change(
        &self,
        token: AccessTokenScheme,
        JsonBody(change): JsonBody<ProfileChange>,
    ) -> Result<JsonAnswer<User>, Failure<ChangeProblems>> {
        let (nickname, avatar_url) = (change.nickname.as_deref(), change.avatar_url.as_deref());
        let services = wired(self.0.as_ref())?;
        let changed = services.account.change_profile(&token.0.token, nickname, avatar_url);
        Ok(JsonAnswer(User::own(changed.await?, services)?))
    }

    /// Erase the account · 注销账号
    ///
    /// Ends every session and erases the user with everything that is known about them, at once or,
    /// where the operator has set a time to think it over, when that is over. The person has to have
    /// signed in less than five minutes ago.
    #[oai(path = "/v1/me", method = "delete", operation_id = "eraseMeV1")]
    async fn erase(
        &self,
        token: AccessTokenScheme,
    ) -> Result<JsonAnswer<Erased>, Failure<JustSignedInProblems>> {
        let erase_at = wired(self.0.as_ref())?.account.erase(&token.0.token).await?;
        Ok(JsonAnswer(erase_at.into()))
    }

    /// List the sessions · 已登录的设备
    #[oai(path = "/v1/me/sessions", method = "get", operation_id = "listMySessionsV1")]
    async fn list_sessions(
        &self,
        token: AccessTokenScheme,
    ) -> Result<JsonAnswer<OwnSessions>, Failure<SignedInProblems>> {
        let sessions = wired(self.0.as_ref())?.sessions.list(&token.0.token).await?;
        Ok(JsonAnswer(sessions.into()))
    }

    /// End one session · 下线一台设备
    ///
    /// It can be the token's own. A session of somebody else is not found.
    #[oai(path = "/v1/me/sessions/:id", method = "delete", operation_id = "endMySessionV1")]
    async fn end_session(
        &self,
        token: AccessTokenScheme,
        /// The session's id.
        #[oai(example = "example::session")]
        Path(id): Path<Uuid>,
    ) -> Result<NoContent, Failure<EndSessionProblems>> {
        let sessions = &wired(self.0.as_ref())?.sessions;
        sessions.end_one(&token.0.token, SessionId::from_uuid(id)).await?;
        Ok(NoContent)
    }

    /// End all other sessions · 下线其他设备
    ///
    /// Leaves the token's own session. The person has to have signed in less than five minutes ago.
    #[oai(path = "/v1/me/sessions", method = "delete", operation_id = "endMyOtherSessionsV1")]
    async fn end_other_sessions(
        &self,
        token: AccessTokenScheme,
    ) -> Result<JsonAnswer<EndedSessions>, Failure<JustSignedInProblems>> {
        let ended = wired(self.0.as_ref())?.sessions.end_others(&token.0.token).await?;
        Ok(JsonAnswer(EndedSessions { ended }))
    }
}
