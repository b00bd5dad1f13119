//! The endpoints of the OpenAPI document, one file a tag.

mod account;
mod original;
mod sign_in;

use std::sync::Arc;

use poem_openapi::Tags;

pub(crate) use self::account::AccountApi;
pub(crate) use self::original::{ORIGINAL_PATHS, Original, OriginalApi};
pub(crate) use self::sign_in::SignInApi;
use crate::problem::{Problem, ProblemCode};

/// The groups of the document.
#[derive(Tags)]
enum Tag {
    /// From a login code to tokens · 登录
    #[oai(rename = "Sign-in")]
    SignIn,
    /// The signed-in person's own account · 当前用户
    Account,
    /// `POST /wxLogin` as the Express back end answered it, for front ends that cannot change ·
    /// 兼容原有前端的接口
    #[oai(rename = "Original contract")]
    Original,
}

/// In which order people meet the groups.
pub(crate) const TAG_ORDER: [&str; 3] = ["Sign-in", "Account", "Original contract"];

/// What an endpoint calls. It is absent where only the document is built.
fn wired<T>(service: Option<&Arc<T>>) -> Result<&T, Problem> {
    service.map(AsRef::as_ref).ok_or(Problem::new(ProblemCode::InternalError))
}
