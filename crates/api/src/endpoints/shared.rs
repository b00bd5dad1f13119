//! What endpoints of several tags need.

use wxlogin_domain::model::{ApiClient, AppId};
use wxlogin_domain::usecase::wechat::access_tokens::WechatAccessTokens;

use crate::problem::{Problem, ProblemCode};

/// Why a login can fail.
pub(super) const LOG_IN_CODES: &[ProblemCode] = &[
    ProblemCode::LoginCodeInvalid,
    ProblemCode::LoginCodeUsed,
    ProblemCode::LoginBlockedByWechat,
    ProblemCode::SignUpClosed,
    ProblemCode::UserDisabled,
    ProblemCode::AccountErasing,
    ProblemCode::RateLimited,
    ProblemCode::WechatMisconfigured,
    ProblemCode::WechatUnavailable,
    ProblemCode::StoreUnavailable,
];

/// Why a call to WeChat can fail.
pub(super) const WECHAT_CODES: &[ProblemCode] =
    &[ProblemCode::RateLimited, ProblemCode::WechatMisconfigured, ProblemCode::WechatUnavailable];

/// Returns the app with this id, if wxlogin serves it and the client may act for it.
pub(super) fn client_app(
    tokens: &WechatAccessTokens,
    client: &ApiClient,
    id: &str,
) -> Result<AppId, Problem> {
    let known = AppId::parse(id).ok();
    let known = known.filter(|id| tokens.knows(id) && client.may_for(id));
    known.ok_or(Problem::new(ProblemCode::NotFound))
}
