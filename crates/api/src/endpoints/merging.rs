use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use uuid::Uuid;
use wxlogin_domain::model::{Reason, Scope, UserId};

use super::objects::{MergeRequest, MergeResult, UnionConflicts, example};
use super::{Tag, wired};
use crate::UseCases;
use crate::answer::JsonAnswer;
use crate::body::JsonBody;
use crate::problem::{Failure, Problem, ProblemCode, ProblemDetails, codes, problem_set};
use crate::security::ClientScheme;

problem_set!(ConflictProblems, ProblemDetails, [codes::CLIENT]);
problem_set!(MergeProblems, ProblemDetails, [codes::BODY, codes::CLIENT, &[ProblemCode::NotFound]]);

pub(crate) struct MergingApi(pub(crate) Option<UseCases>);

#[OpenApi(tag = "Tag::Admin")]
impl MergingApi {
    /// List people who may have two accounts · 待处理的 unionid 冲突
    ///
    /// WeChat named a unionid that belongs to another user, or another one than before. Nothing is
    /// merged by itself: look at both, then merge them or leave them. A client of some apps sees
    /// the conflicts of these apps.
    #[oai(path = "/v1/admin/conflicts", method = "get", operation_id = "listUnionConflictsV1")]
    async fn list_conflicts(
        &self,
        client: ClientScheme,
    ) -> Result<JsonAnswer<UnionConflicts>, Failure<ConflictProblems>> {
        let services = wired(self.0.as_ref())?;
        let client = client.authenticate(&services.clients, Scope::Admin).await?;
        let conflicts = services.merging.conflicts(&client).await?;
        Ok(JsonAnswer(conflicts.into()))
    }

    /// Make two users one · 合并用户
    ///
    /// Only says what would come out, unless `dryRun` is `false`. The user in the path goes on with
    /// the identities and sessions of both; refresh tokens of both keep working, access tokens of
    /// the other end at once. If one of them is disabled, both are. It cannot be undone.
    #[oai(path = "/v1/admin/users/:id/merge", method = "post", operation_id = "mergeUsersV1")]
    async fn merge_users(
        &self,
        client: ClientScheme,
        /// The id of the user who goes on.
        #[oai(example = "example::user")]
        Path(id): Path<Uuid>,
        JsonBody(request): JsonBody<MergeRequest>,
    ) -> Result<JsonAnswer<MergeResult>, Failure<MergeProblems>> {
        let services = wired(self.0.as_ref())?;
        let client = client.authenticate(&services.clients, Scope::Admin).await?;
        let (winner, loser) = (UserId::from_uuid(id), UserId::from_uuid(request.from));
        let reason = Reason::parse(&request.reason);
        let reason = reason.map_err(|rule| Problem::malformed("reason", rule))?;
        let dry_run = request.dry_run.unwrap_or(true);
        let plan = if dry_run {
            services.merging.plan(&client, winner, loser).await?
        } else {
            services.merging.merge(&client, winner, loser, reason).await?
        };
        Ok(JsonAnswer(MergeResult::of(&plan, dry_run)))
    }
}
