use std::sync::Arc;

use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use uuid::Uuid;
use wxlogin_domain::model::{AppId, Reason, Scope, UserId, UserStatus, UserType};
use wxlogin_domain::usecase::UseCases;
use wxlogin_domain::usecase::admin::merge::ConflictFilter;
use wxlogin_domain::usecase::admin::users::RequestedChange;

use super::shared::{WECHAT_CODES, client_app};
use super::tag::Tag;
use crate::extractors::{ApiClientScheme, JsonBody};
use crate::problem::{Failure, Problem, ProblemCode, ProblemDetails, codes, problem_set};
use crate::responses::{JsonResponse, NoContent};
use crate::schemas::{
    AuditPage, ChangedUser, ConflictAcceptance, ManagedUserChange, ManagedUserDetails,
    MergeRequest, MergeResult, SessionKeyResetRequest, UnionConflicts, UserPage, example,
};

problem_set!(PageProblems, ProblemDetails, [codes::CLIENT]);
problem_set!(UserProblems, ProblemDetails, [codes::CLIENT, &[ProblemCode::NotFound]]);
problem_set!(
    ChangeProblems,
    ProblemDetails,
    [codes::BODY, codes::CLIENT, &[ProblemCode::NotFound]]
);
problem_set!(
    AcceptanceProblems,
    ProblemDetails,
    [codes::BODY, codes::CLIENT, &[ProblemCode::NotFound, ProblemCode::UnionIdTaken]]
);
problem_set!(
    RefreshTokenProblems,
    ProblemDetails,
    [codes::CLIENT, &[ProblemCode::NotFound], WECHAT_CODES]
);
problem_set!(
    ResetSessionKeyProblems,
    ProblemDetails,
    [
        codes::BODY,
        codes::CLIENT,
        &[ProblemCode::NotFound, ProblemCode::SessionKeyStale],
        WECHAT_CODES
    ]
);

/// The page size if the request has no `limit`.
fn page_size() -> u16 {
    50
}

fn reason(text: &str) -> Result<Reason, Problem> {
    Reason::parse(text).map_err(|rule| Problem::malformed("reason", rule))
}

fn requested(change: &ManagedUserChange) -> Result<RequestedChange, Problem> {
    if change.status.is_none() && change.user_type.is_none() {
        return Err(Problem::invalid("The request changes nothing: send `status` or `userType`."));
    }
    let known = |code| {
        UserStatus::from_code(code)
            .ok_or(Problem::invalid("The field `status` is invalid: it must be 0 or 1."))
    };
    Ok(RequestedChange {
        status: change.status.map(known).transpose()?,
        user_type: change.user_type.map(UserType),
        reason: reason(&change.reason)?,
    })
}

/// What operators do with users and apps.
pub(crate) struct AdminApi;

#[OpenApi(tag = "Tag::Admin")]
impl AdminApi {
    /// List users · 用户列表
    ///
    /// Sorted by id, which is the order of first login. A client that is limited to certain apps
    /// sees only the users of these apps.
    #[oai(path = "/v1/admin/users", method = "get", operation_id = "listUsersV1")]
    async fn list_users(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        client: ApiClientScheme,
        /// The `next` of the previous page.
        Query(after): Query<Option<Uuid>>,
        /// The maximum number of users.
        #[oai(default = "page_size", validator(minimum(value = "1"), maximum(value = "200")))]
        Query(limit): Query<u16>,
    ) -> Result<JsonResponse<UserPage>, Failure<PageProblems>> {
        let client = client.authenticate(&services.clients, Scope::Admin).await?;
        let after = after.map(UserId::from_uuid);
        let page = services.administration.page(&client, after, limit.into()).await?;
        Ok(JsonResponse(UserPage::of(page, services, &client)?))
    }

    /// Get a user · 查看用户
    ///
    /// A client that is limited to certain apps sees the user's identities and sessions in these apps
    /// only. Profile, status and type belong to the account and are the same in every app.
    #[oai(path = "/v1/admin/users/:id", method = "get", operation_id = "getUserV1")]
    async fn show_user(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        client: ApiClientScheme,
        /// The user's id.
        #[oai(example = "example::user")]
        Path(id): Path<Uuid>,
    ) -> Result<JsonResponse<ManagedUserDetails>, Failure<UserProblems>> {
        let client = client.authenticate(&services.clients, Scope::Admin).await?;
        let user = services.administration.show(&client, UserId::from_uuid(id)).await?;
        Ok(JsonResponse(ManagedUserDetails::of(user, services, &client)?))
    }

    /// Ban, unban or classify a user · 封禁、解封或分类
    ///
    /// A ban holds in every app and ends every session at once. The audit log records the client and the
    /// reason. A user who was deleted while banned can be unbanned, too: the response then has
    /// `banLifted`. A client that is limited to certain apps lifts such a ban in these apps only.
    #[oai(path = "/v1/admin/users/:id", method = "post", operation_id = "changeUserV1")]
    async fn change_user(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        client: ApiClientScheme,
        /// The user's id.
        #[oai(example = "example::user")]
        Path(id): Path<Uuid>,
        JsonBody(change): JsonBody<ManagedUserChange>,
    ) -> Result<JsonResponse<ChangedUser>, Failure<ChangeProblems>> {
        let client = client.authenticate(&services.clients, Scope::Admin).await?;
        let (id, change) = (UserId::from_uuid(id), requested(&change)?);
        let changed = services.administration.change(&client, id, change).await?;
        Ok(JsonResponse(ChangedUser::of(changed, services, &client)?))
    }

    /// Delete a user · 删除用户
    ///
    /// Deletes the user at once, without the grace period for users who delete their own account.
    /// A banned user stays banned and cannot sign up again. If the user is also in apps that the client
    /// is not allowed to see, only the identities and sessions in its own apps are deleted.
    #[oai(path = "/v1/admin/users/:id", method = "delete", operation_id = "eraseUserV1")]
    async fn erase_user(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        client: ApiClientScheme,
        /// The user's id.
        #[oai(example = "example::user")]
        Path(id): Path<Uuid>,
        /// The reason for the audit log: 1 to 64 letters, digits, `_` or `-`, no personal data.
        #[oai(
            name = "reason",
            example = "example::reason",
            validator(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9_-]+$")
        )]
        Query(why): Query<String>,
    ) -> Result<NoContent, Failure<UserProblems>> {
        let client = client.authenticate(&services.clients, Scope::Admin).await?;
        services.administration.erase(&client, UserId::from_uuid(id), reason(&why)?).await?;
        Ok(NoContent)
    }

    /// Release a phone number · 释放手机号
    ///
    /// Removes the number from the user so that another user can bind it, for example after the
    /// carrier has reassigned it. A user without a number is answered with `not_found`.
    #[oai(path = "/v1/admin/users/:id/phone", method = "delete", operation_id = "releasePhoneV1")]
    async fn release_phone(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        client: ApiClientScheme,
        /// The user's id.
        #[oai(example = "example::user")]
        Path(id): Path<Uuid>,
        /// The reason for the audit log: 1 to 64 letters, digits, `_` or `-`, no personal data.
        #[oai(
            name = "reason",
            example = "example::recycled",
            validator(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9_-]+$")
        )]
        Query(why): Query<String>,
    ) -> Result<NoContent, Failure<UserProblems>> {
        let client = client.authenticate(&services.clients, Scope::Admin).await?;
        let (id, reason) = (UserId::from_uuid(id), reason(&why)?);
        services.administration.release_phone(&client, id, reason).await?;
        Ok(NoContent)
    }

    /// Read the audit log · 审计日志
    ///
    /// Lists what was done to users, oldest first. Events have ids and codes only, no personal
    /// data. A client that is limited to certain apps sees only the events of these apps.
    ///
    /// To follow the log, ask again with `after` set to the id of the last event you have. The order
    /// is that in which events were stored: an event that is stored later always comes after those
    /// that you have seen, so none is missed. Its `at` may be a little earlier, because the clocks of
    /// instances differ.
    #[oai(path = "/v1/admin/audit", method = "get", operation_id = "listAuditEventsV1")]
    async fn list_audit_events(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        client: ApiClientScheme,
        /// Only events of this user.
        #[oai(name = "userId")]
        Query(user_id): Query<Option<Uuid>>,
        /// The `next` of the previous page, or the id of the last event that you have. With an unknown
        /// id the list begins with the first event.
        Query(after): Query<Option<Uuid>>,
        /// The maximum number of events.
        #[oai(default = "page_size", validator(minimum(value = "1"), maximum(value = "200")))]
        Query(limit): Query<u16>,
    ) -> Result<JsonResponse<AuditPage>, Failure<PageProblems>> {
        let client = client.authenticate(&services.clients, Scope::Admin).await?;
        let user_id = user_id.map(UserId::from_uuid);
        let page = services.administration.audit(&client, user_id, after, limit.into()).await?;
        Ok(JsonResponse(page.into()))
    }

    /// List unionid conflicts · 待处理的 unionid 冲突
    ///
    /// A conflict means that WeChat reported a unionid that belongs to another user. wxlogin never merges
    /// users by itself: look at both users, then merge them or keep them separate. Oldest first. A client
    /// that is limited to certain apps sees only the conflicts of these apps.
    #[oai(path = "/v1/admin/conflicts", method = "get", operation_id = "listUnionConflictsV1")]
    async fn list_conflicts(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        client: ApiClientScheme,
        /// Only conflicts of this mini-program.
        #[oai(name = "appId", validator(pattern = "^wx[a-z0-9]{16}$"))]
        Query(app_id): Query<Option<String>>,
        /// Only conflicts that name this user, as `userId` or as `owner`.
        #[oai(name = "userId")]
        Query(user_id): Query<Option<Uuid>>,
        /// The `next` of the previous page.
        Query(after): Query<Option<Uuid>>,
        /// The maximum number of conflicts.
        #[oai(default = "page_size", validator(minimum(value = "1"), maximum(value = "200")))]
        Query(limit): Query<u16>,
    ) -> Result<JsonResponse<UnionConflicts>, Failure<PageProblems>> {
        let client = client.authenticate(&services.clients, Scope::Admin).await?;
        let app_id = app_id.map(|app_id| AppId::parse(&app_id)).transpose();
        let filter = ConflictFilter {
            app_id: app_id.map_err(|rule| Problem::malformed("appId", rule))?,
            user_id: user_id.map(UserId::from_uuid),
        };
        let page = services.merging.conflicts(&client, &filter, after, limit.into()).await?;
        Ok(JsonResponse(page.into()))
    }

    /// Accept a unionid · 接受 unionid
    ///
    /// Resolves a conflict without an owner: the user who signed in gets the unionid. If another user
    /// has it, the answer is `union_id_taken`; merge both users instead.
    #[oai(
        path = "/v1/admin/conflicts/:id/accept",
        method = "post",
        operation_id = "acceptUnionIdV1"
    )]
    async fn accept_union_id(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        client: ApiClientScheme,
        /// The conflict's id.
        #[oai(example = "example::event")]
        Path(id): Path<Uuid>,
        JsonBody(acceptance): JsonBody<ConflictAcceptance>,
    ) -> Result<NoContent, Failure<AcceptanceProblems>> {
        let client = client.authenticate(&services.clients, Scope::Admin).await?;
        services.merging.accept(&client, id, reason(&acceptance.reason)?).await?;
        Ok(NoContent)
    }

    /// Merge two users · 合并用户
    ///
    /// Only previews the result unless `dryRun` is `false`. The user in the path keeps the
    /// identities and sessions of both users. Refresh tokens of both keep working; access tokens of
    /// the other user are revoked at once. If either user is banned, the merged user is banned. A
    /// merge cannot be undone. A client that is limited to certain apps must see both users, and the
    /// other user must not be in any other app.
    #[oai(path = "/v1/admin/users/:id/merge", method = "post", operation_id = "mergeUsersV1")]
    async fn merge_users(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        client: ApiClientScheme,
        /// The id of the user to keep.
        #[oai(example = "example::user")]
        Path(id): Path<Uuid>,
        JsonBody(request): JsonBody<MergeRequest>,
    ) -> Result<JsonResponse<MergeResult>, Failure<ChangeProblems>> {
        let client = client.authenticate(&services.clients, Scope::Admin).await?;
        let (winner, loser) = (UserId::from_uuid(id), UserId::from_uuid(request.from));
        let reason = reason(&request.reason)?;
        let dry_run = request.dry_run.unwrap_or(true);
        let plan = if dry_run {
            services.merging.plan(&client, winner, loser).await?
        } else {
            services.merging.merge(&client, winner, loser, reason).await?
        };
        Ok(JsonResponse(MergeResult::of(plan, dry_run)))
    }

    /// Replace the WeChat access token of an app · 强制刷新微信接口调用凭证
    ///
    /// For when the token may have leaked: the old token becomes invalid at once for everyone.
    /// WeChat allows this 20 times a day, at least 30 seconds apart. Back ends get the new token
    /// when they next ask for it.
    #[oai(
        path = "/v1/admin/apps/:appId/wechat-access-token/refresh",
        method = "post",
        operation_id = "refreshWechatAccessTokenV1"
    )]
    async fn refresh_wechat_access_token(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        client: ApiClientScheme,
        /// The mini-program's AppID.
        #[oai(name = "appId", example = "example::app")]
        Path(app_id): Path<String>,
    ) -> Result<NoContent, Failure<RefreshTokenProblems>> {
        let client = client.authenticate(&services.clients, Scope::Admin).await?;
        let app_id = client_app(&services.wechat_access_tokens, &client, &app_id)?;
        services.wechat_access_tokens.force_refresh(&app_id).await?;
        Ok(NoContent)
    }

    /// Replace a user's session key · 重置用户登录态
    ///
    /// For when the user's WeChat session key may have leaked: WeChat creates a new key, and the
    /// old one no longer decrypts or signs anything. The user stays signed in.
    #[oai(
        path = "/v1/admin/users/:id/session-key/reset",
        method = "post",
        operation_id = "resetSessionKeyV1"
    )]
    async fn reset_session_key(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        client: ApiClientScheme,
        /// The user's id.
        #[oai(example = "example::user")]
        Path(id): Path<Uuid>,
        JsonBody(request): JsonBody<SessionKeyResetRequest>,
    ) -> Result<NoContent, Failure<ResetSessionKeyProblems>> {
        let client = client.authenticate(&services.clients, Scope::Admin).await?;
        let app_id = client_app(&services.wechat_access_tokens, &client, &request.app_id)?;
        services.session_key_reset.reset(&client, UserId::from_uuid(id), &app_id).await?;
        Ok(NoContent)
    }
}
