use chrono::{DateTime, Utc};
use poem_openapi::Object;
use poem_openapi::types::Example;
use serde::Deserialize;
use uuid::Uuid;
use wxlogin_domain::model::{self, UserId};
use wxlogin_domain::usecase::admin::merge::{MergePlan, TakenOver};

use super::date_time::date_time;
use super::example;
use super::not_null::not_null;
use crate::responses::Described;

/// A unionid that WeChat reported for a user but that wxlogin could not assign to that user.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, example)]
struct UnionConflict {
    /// The conflict's id. Ids sort by time.
    id: Uuid,
    /// The AppID of the mini-program that the user signed in to.
    app_id: String,
    /// WeChat's id of the user in this app.
    open_id: String,
    /// The unionid that WeChat reported.
    union_id: String,
    /// The id of the user who signed in.
    user_id: Uuid,
    /// The id of the user who has the unionid. Absent if no user has it: the owner was deleted while
    /// banned.
    owner: Option<Uuid>,
    /// When WeChat first reported the unionid for this user.
    first_seen_at: DateTime<Utc>,
}

impl From<model::UnionConflict> for UnionConflict {
    fn from(conflict: model::UnionConflict) -> Self {
        Self {
            id: conflict.id,
            app_id: conflict.identity.app_id.as_str().to_owned(),
            open_id: conflict.identity.open_id.as_str().to_owned(),
            union_id: conflict.union_id.as_str().to_owned(),
            user_id: conflict.user_id.as_uuid(),
            owner: conflict.owner.map(UserId::as_uuid),
            first_seen_at: date_time(conflict.first_seen_at),
        }
    }
}

impl Example for UnionConflict {
    fn example() -> Self {
        Self {
            id: example::EVENT,
            app_id: example::APP.into(),
            open_id: "oABCD1234567890abcdefghijklm".into(),
            union_id: "uABCD1234567890abcdefghijklm".into(),
            user_id: example::OTHER_USER,
            owner: Some(example::USER),
            first_seen_at: example::hours(1),
        }
    }
}

/// A page of the conflicts that an operator can resolve.
#[derive(Object)]
#[oai(skip_serializing_if_is_none, example)]
pub(crate) struct UnionConflicts {
    /// The conflicts, oldest first.
    conflicts: Vec<UnionConflict>,
    /// The value of `after` for the next page. Absent on the last page.
    next: Option<Uuid>,
}

impl From<(Vec<model::UnionConflict>, Option<Uuid>)> for UnionConflicts {
    fn from((conflicts, next): (Vec<model::UnionConflict>, Option<Uuid>)) -> Self {
        Self { conflicts: conflicts.into_iter().map(Into::into).collect(), next }
    }
}

impl Described for UnionConflicts {
    const DESCRIPTION: &'static str = "A page of open conflicts.";
}

impl Example for UnionConflicts {
    fn example() -> Self {
        Self { conflicts: vec![UnionConflict::example()], next: Some(example::EVENT) }
    }
}

/// The acceptance of a unionid.
#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase", example)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ConflictAcceptance {
    /// The reason for the audit log: 1 to 64 letters, digits, `_` or `-`, no personal data.
    #[oai(validator(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9_-]+$"))]
    pub(crate) reason: String,
}

impl Example for ConflictAcceptance {
    fn example() -> Self {
        Self { reason: "same-person".into() }
    }
}

/// A merge of two users.
#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, example)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct MergeRequest {
    /// The id of the user to merge into the user in the path.
    pub(crate) from: Uuid,
    /// The reason for the audit log: 1 to 64 letters, digits, `_` or `-`, no personal data.
    #[oai(validator(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9_-]+$"))]
    pub(crate) reason: String,
    /// Unless this is `false`, the response is a preview and nothing is changed.
    #[serde(default, deserialize_with = "not_null")]
    pub(crate) dry_run: Option<bool>,
}

impl Example for MergeRequest {
    fn example() -> Self {
        Self { from: example::OTHER_USER, reason: "same-person".into(), dry_run: Some(true) }
    }
}

/// The result of a merge.
#[derive(Object)]
#[oai(rename_all = "camelCase", example)]
pub(crate) struct MergeResult {
    /// Whether this is a preview and nothing was changed.
    dry_run: bool,
    /// The id of the user who is kept.
    winner: Uuid,
    /// The id of the user who becomes part of the winner.
    loser: Uuid,
    /// The fields that the winner did not have and gets from the loser: `nickname`, `avatarUrl`,
    /// `legacyId`, `phone`.
    taken_over: Vec<String>,
    /// The stricter status of the two: 0 is banned, 1 is active.
    status: i16,
    /// Whether one of the two had requested account deletion, which the merge cancels.
    calls_off_erasure: bool,
    /// The conflicts that the merge resolves.
    settles: Vec<UnionConflict>,
}

impl MergeResult {
    pub(crate) fn of(plan: MergePlan, dry_run: bool) -> Self {
        let field = |taken: &TakenOver| match taken {
            TakenOver::Nickname => "nickname".to_owned(),
            TakenOver::AvatarUrl => "avatarUrl".to_owned(),
            TakenOver::LegacyId => "legacyId".to_owned(),
            TakenOver::Phone => "phone".to_owned(),
        };
        Self {
            dry_run,
            winner: plan.winner.as_uuid(),
            loser: plan.loser.as_uuid(),
            taken_over: plan.taken_over.iter().map(field).collect(),
            status: plan.status.code(),
            calls_off_erasure: plan.calls_off_erasure,
            settles: plan.settles.into_iter().map(Into::into).collect(),
        }
    }
}

impl Described for MergeResult {
    const DESCRIPTION: &'static str = "The result of the merge, or a preview of it.";
}

impl Example for MergeResult {
    fn example() -> Self {
        Self {
            dry_run: true,
            winner: example::USER,
            loser: example::OTHER_USER,
            taken_over: vec!["phone".into()],
            status: 1,
            calls_off_erasure: false,
            settles: vec![UnionConflict::example()],
        }
    }
}
