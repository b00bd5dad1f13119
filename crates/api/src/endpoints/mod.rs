//! The endpoints of the OpenAPI document, one file a tag and one for the
//! well-known documents.

mod account;
mod admin;
mod apps;
mod avatar;
mod back_ends;
mod merging;
mod objects;
mod original;
mod phone;
mod sign_in;
mod wechat_data;
mod well_known;

use poem_openapi::Tags;

pub(crate) use self::account::AccountApi;
pub(crate) use self::admin::AdminApi;
pub(crate) use self::apps::AppsApi;
pub(crate) use self::avatar::AvatarApi;
pub(crate) use self::back_ends::{BackEndsApi, OAUTH_PATHS};
pub(crate) use self::merging::MergingApi;
pub(crate) use self::original::{ORIGINAL_PATHS, Original, OriginalApi};
pub(crate) use self::phone::PhoneApi;
pub(crate) use self::sign_in::SignInApi;
pub(crate) use self::wechat_data::WechatDataApi;
pub(crate) use self::well_known::{WellKnown, WellKnownApi};
use crate::problem::{Problem, ProblemCode};

/// The groups of the document.
#[derive(Tags)]
enum Tag {
    /// From a login code to tokens · 登录
    #[oai(rename = "Sign-in")]
    SignIn,
    /// The signed-in person's own account · 当前用户
    Account,
    /// Who a token's bearer is, for your own back ends · 供业务后端校验令牌
    #[oai(rename = "Back ends")]
    BackEnds,
    /// What operators do with users, through clients with the scope `admin` · 运营管理
    Admin,
    /// `POST /wxLogin` as the Express back end answered it, for front ends that cannot change ·
    /// 兼容原有前端的接口
    #[oai(rename = "Original contract")]
    Original,
}

/// In which order people meet the groups.
pub(crate) const TAG_ORDER: [&str; 5] =
    ["Sign-in", "Account", "Back ends", "Admin", "Original contract"];

/// What an endpoint calls. It is absent where only the document is built.
fn wired<T>(services: Option<&T>) -> Result<&T, Problem> {
    services.ok_or(Problem::new(ProblemCode::InternalError))
}
