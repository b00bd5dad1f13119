use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use uuid::Uuid;
use wxlogin_domain::model::{Reason, Scope, UserId, UserStatus, UserType};
use wxlogin_domain::usecase::admin::users::RequestedChange;

use super::objects::{
    AuditPage, ManagedUser, ManagedUserChange, ManagedUserDetails, UserPage, example,
};
use super::{Tag, wired};
use crate::UseCases;
use crate::answer::{JsonAnswer, NoContent};
use crate::body::JsonBody;
use crate::problem::{Failure, Problem, ProblemCode, ProblemDetails, codes, problem_set};
use crate::security::ClientScheme;

problem_set!(PageProblems, ProblemDetails, [codes::CLIENT, &[ProblemCode::InvalidRequest]]);
problem_set!(UserProblems, ProblemDetails, [codes::CLIENT, &[ProblemCode::NotFound]]);
problem_set!(
    ChangeProblems,
    ProblemDetails,
    [codes::BODY, codes::CLIENT, &[ProblemCode::NotFound]]
);
problem_set!(
    RemoveProblems,
    ProblemDetails,
    [codes::CLIENT, &[ProblemCode::InvalidRequest, ProblemCode::NotFound]]
);

/// How many a page has when nobody asks for more or less.
fn page_size() -> u16 {
    50
}

fn reason(text: &str) -> Result<Reason, Problem> {
    Reason::parse(text).map_err(|rule| Problem::malformed("reason", rule))
}

fn requested(change: &ManagedUserChange) -> Result<RequestedChange, Problem> {
    if change.status.is_none() && change.user_type.is_none() {
        return Err(Problem::invalid("Nothing is to be changed: give `status` or `userType`."));
    }
    let known = |code| {
        UserStatus::from_code(code)
            .ok_or(Problem::invalid("The field `status` is not acceptable: it is 0 or 1."))
    };
    Ok(RequestedChange {
        status: change.status.map(known).transpose()?,
        user_type: change.user_type.map(UserType),
        reason: reason(&change.reason)?,
    })
}

pub(crate) struct AdminApi(pub(crate) Option<UseCases>);

#[OpenApi(tag = "Tag::Admin")]
impl AdminApi {
    /// List users · 用户列表
    ///
    /// In the order of their ids, which is that of their first logins. A client of some apps sees
    /// the users of these apps, and can get fewer on a page than it asked for.
    #[oai(path = "/v1/admin/users", method = "get", operation_id = "listUsersV1")]
    async fn list_users(
        &self,
        client: ClientScheme,
        /// The `next` of the page before.
        Query(after): Query<Option<Uuid>>,
        /// How many users at most.
        #[oai(default = "page_size", validator(minimum(value = "1"), maximum(value = "200")))]
        Query(limit): Query<u16>,
    ) -> Result<JsonAnswer<UserPage>, Failure<PageProblems>> {
        let services = wired(self.0.as_ref())?;
        let client = client.authenticate(&services.clients, Scope::Admin).await?;
        let after = after.map(UserId::from_uuid);
        let page = services.administration.page(&client, after, limit.into()).await?;
        Ok(JsonAnswer(UserPage::of(page, services, &client)?))
    }

    /// Show a user · 查看用户
    #[oai(path = "/v1/admin/users/:id", method = "get", operation_id = "getUserV1")]
    async fn show_user(
        &self,
        client: ClientScheme,
        /// The user's id.
        #[oai(example = "example::user")]
        Path(id): Path<Uuid>,
    ) -> Result<JsonAnswer<ManagedUserDetails>, Failure<UserProblems>> {
        let services = wired(self.0.as_ref())?;
        let client = client.authenticate(&services.clients, Scope::Admin).await?;
        let user = services.administration.show(&client, UserId::from_uuid(id)).await?;
        Ok(JsonAnswer(ManagedUserDetails::of(user, services, &client)?))
    }

    /// Disable, enable or classify a user · 封禁、解封或分类
    ///
    /// Disabling ends every session at once. The audit log keeps who did it and why.
    #[oai(path = "/v1/admin/users/:id", method = "post", operation_id = "changeUserV1")]
    async fn change_user(
        &self,
        client: ClientScheme,
        /// The user's id.
        #[oai(example = "example::user")]
        Path(id): Path<Uuid>,
        JsonBody(change): JsonBody<ManagedUserChange>,
    ) -> Result<JsonAnswer<ManagedUser>, Failure<ChangeProblems>> {
        let services = wired(self.0.as_ref())?;
        let client = client.authenticate(&services.clients, Scope::Admin).await?;
        let (id, change) = (UserId::from_uuid(id), requested(&change)?);
        let user = services.administration.change(&client, id, change).await?;
        Ok(JsonAnswer(ManagedUser::of(user, services, &client)?))
    }

    /// Erase a user · 删除用户
    ///
    /// At once, whatever time people have themselves to think it over. A disabled user stays
    /// disabled and cannot come back with a new account.
    #[oai(path = "/v1/admin/users/:id", method = "delete", operation_id = "eraseUserV1")]
    async fn erase_user(
        &self,
        client: ClientScheme,
        /// The user's id.
        #[oai(example = "example::user")]
        Path(id): Path<Uuid>,
        /// Why, for the audit log: a code of 1 to 64 letters, digits, `_` or `-`, nothing personal.
        #[oai(name = "reason", example = "example::reason", validator(max_length = 64))]
        Query(why): Query<String>,
    ) -> Result<NoContent, Failure<RemoveProblems>> {
        let services = wired(self.0.as_ref())?;
        let client = client.authenticate(&services.clients, Scope::Admin).await?;
        services.administration.erase(&client, UserId::from_uuid(id), reason(&why)?).await?;
        Ok(NoContent)
    }

    /// Release a phone number · 释放手机号
    ///
    /// Takes the number from the user, so that another one can bind it: numbers are given to new
    /// people. Not found is also a user who has no number.
    #[oai(path = "/v1/admin/users/:id/phone", method = "delete", operation_id = "releasePhoneV1")]
    async fn release_phone(
        &self,
        client: ClientScheme,
        /// The user's id.
        #[oai(example = "example::user")]
        Path(id): Path<Uuid>,
        /// Why, for the audit log: a code of 1 to 64 letters, digits, `_` or `-`, nothing personal.
        #[oai(name = "reason", example = "example::recycled", validator(max_length = 64))]
        Query(why): Query<String>,
    ) -> Result<NoContent, Failure<RemoveProblems>> {
        let services = wired(self.0.as_ref())?;
        let client = client.authenticate(&services.clients, Scope::Admin).await?;
        let (id, reason) = (UserId::from_uuid(id), reason(&why)?);
        services.administration.release_phone(&client, id, reason).await?;
        Ok(NoContent)
    }

    /// Read the audit log · 审计日志
    ///
    /// What was done to users, oldest first. It has ids and codes only, no personal data.
    #[oai(path = "/v1/admin/audit", method = "get", operation_id = "listAuditEventsV1")]
    async fn list_audit_events(
        &self,
        client: ClientScheme,
        /// Only what was done to this user.
        #[oai(name = "userId")]
        Query(user_id): Query<Option<Uuid>>,
        /// The `next` of the page before.
        Query(after): Query<Option<Uuid>>,
        /// How many events at most.
        #[oai(default = "page_size", validator(minimum(value = "1"), maximum(value = "200")))]
        Query(limit): Query<u16>,
    ) -> Result<JsonAnswer<AuditPage>, Failure<PageProblems>> {
        let services = wired(self.0.as_ref())?;
        client.authenticate(&services.clients, Scope::Admin).await?;
        let user_id = user_id.map(UserId::from_uuid);
        let page = services.administration.audit(user_id, after, limit.into()).await?;
        Ok(JsonAnswer(page.into()))
    }
}
