use std::sync::Arc;

use poem::web::Data;
use poem_openapi::OpenApi;
use wxlogin_domain::usecase::UseCases;
use wxlogin_domain::usecase::sign_in::log_in::{LogInRequest, LoginCodeClaim};
use wxlogin_domain::usecase::tokens::access_tokens::TokenKind;

use super::shared::LOG_IN_CODES;
use super::tag::Tag;
use crate::extractors::ClientIp;
use crate::problem::{Failure, OriginalProblem, Problem, ProblemCode, codes, problem_set};
use crate::responses::JsonResponse;
use crate::schemas::{OriginalLoginAnswer, OriginalLoginBody, OriginalLoginRequest};
use crate::settings::HttpSettings;

/// The paths whose failures have the original contract's `message` field.
pub(crate) const ORIGINAL_PATHS: [&str; 2] = ["/wxLogin", "/users/wxLogin"];

/// Returns the original contract's path that a path means: Express ignores letter case and a trailing
/// slash.
pub(crate) fn original_path(path: &str) -> Option<&'static str> {
    let path = path.strip_suffix('/').unwrap_or(path);
    ORIGINAL_PATHS.into_iter().find(|original| original.eq_ignore_ascii_case(path))
}

problem_set!(
    OriginalProblems,
    OriginalProblem,
    [codes::BODY, LOG_IN_CODES, &[ProblemCode::NotFound]]
);

/// The login of the original Express back end.
pub(crate) struct OriginalApi;

#[OpenApi(tag = "Tag::Original")]
impl OriginalApi {
    /// Sign in from the original page · 原有前端登录
    ///
    /// The response has the same fields as that of the original Express back end, without
    /// `session_key`. The answer is `not_found` unless `original.app_id` is configured. As with
    /// Express, the body is JSON or a form, and letter case and a trailing slash of the path do not
    /// matter. Query parameters are ignored: the answer is JSON with `?callback=` too, never JSONP.
    #[oai(path = "/wxLogin", method = "post", operation_id = "originalLogIn")]
    async fn log_in(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        Data(settings): Data<&Arc<HttpSettings>>,
        client_ip: ClientIp,
        body: OriginalLoginBody,
    ) -> Result<JsonResponse<OriginalLoginAnswer>, Failure<OriginalProblems>> {
        log_in(services, settings, client_ip, body.into_request()).await
    }

    /// Sign in from the original page, under its other path · 原有前端登录（另一路径）
    ///
    /// The same as `POST /wxLogin`.
    #[oai(path = "/users/wxLogin", method = "post", operation_id = "originalLogInUnderUsers")]
    async fn log_in_under_users(
        &self,
        Data(services): Data<&Arc<UseCases>>,
        Data(settings): Data<&Arc<HttpSettings>>,
        client_ip: ClientIp,
        body: OriginalLoginBody,
    ) -> Result<JsonResponse<OriginalLoginAnswer>, Failure<OriginalProblems>> {
        log_in(services, settings, client_ip, body.into_request()).await
    }
}

async fn log_in(
    services: &UseCases,
    settings: &HttpSettings,
    client_ip: ClientIp,
    request: OriginalLoginRequest,
) -> Result<JsonResponse<OriginalLoginAnswer>, Failure<OriginalProblems>> {
    let app_id = settings.original_app.as_ref().ok_or(Problem::new(ProblemCode::NotFound))?;
    let request = LogInRequest {
        app_id: Some(app_id.as_str().to_owned()),
        code: LoginCodeClaim(request.code),
        nickname: request.user_name,
        avatar_url: request.avatar_url,
        ..LogInRequest::default()
    };
    let logged_in =
        services.log_in.log_in(request, TokenKind::Original, client_ip.counted()).await?;
    Ok(JsonResponse(OriginalLoginAnswer::of(logged_in, services)))
}
