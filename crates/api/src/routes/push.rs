use std::sync::Arc;

use poem::http::header;
use poem::{Endpoint, IntoResponse, Request, Response, endpoint, get};
use wxlogin_domain::model::Push;
use wxlogin_domain::usecase::push::pushes::{PushError, PushQuery, Pushes};

use crate::extractors::read_up_to;
use crate::problem::Problem;

/// The path for WeChat's push messages, which operators configure in WeChat's console
/// (<https://developers.weixin.qq.com/miniprogram/dev/framework/server-ability/message-push.html>).
pub(crate) const PUSH_PATH: &str = "/v1/wechat/push/:app_id";

/// The longest `echostr` to send back, in bytes. WeChat's have about twenty digits.
const MAX_ECHO: usize = 128;

/// Handles push messages. WeChat sends a GET request to verify the path and POST requests to push.
pub(crate) fn push(pushes: Arc<Pushes>) -> impl Endpoint {
    let verifier = pushes.clone();
    get(endpoint::make_sync(move |request| echo(&verifier, &request))).post(endpoint::make(
        move |request| {
            let pushes = pushes.clone();
            async move { receive(&pushes, request).await }
        },
    ))
}

fn echo(pushes: &Pushes, request: &Request) -> poem::Result<Response> {
    let query = Query::of(request)?;
    pushes
        .verify(request.raw_path_param("app_id").unwrap_or_default(), query.as_push())
        .map_err(Problem::from)?;
    // The signature does not cover `echostr`, so it must not be something that a browser renders.
    let is_plain = query.echo.bytes().all(|byte| byte.is_ascii_graphic());
    if query.echo.is_empty() || query.echo.len() > MAX_ECHO || !is_plain {
        return Err(Problem::from(PushError::Refused).into());
    }
    Ok(text(query.echo))
}

async fn receive(pushes: &Pushes, request: Request) -> poem::Result<Response> {
    let (request, mut body) = request.split();
    let query = Query::of(&request)?;
    let body = read_up_to(Push::MAX_LEN, &request, &mut body).await?;
    let app_id = request.raw_path_param("app_id").unwrap_or_default();
    pushes.receive(app_id, query.as_push(), &body).await.map_err(Problem::from)?;
    Ok(text("success".into()))
}

fn text(text: String) -> Response {
    Response::builder()
        .header(header::CONTENT_TYPE, "text/plain; charset=utf-8")
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .body(text)
        .into_response()
}

/// The query parameters that WeChat adds. A missing one is empty.
#[derive(Default)]
struct Query {
    timestamp: String,
    nonce: String,
    signature: String,
    message_signature: String,
    echo: String,
}

impl Query {
    /// Refuses repeated parameters, because it would be unclear which one counts.
    fn of(request: &Request) -> Result<Self, Problem> {
        let mut query = Self::default();
        let text = request.uri().query().unwrap_or_default();
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            let place = match name.as_ref() {
                "timestamp" => &mut query.timestamp,
                "nonce" => &mut query.nonce,
                "signature" => &mut query.signature,
                "msg_signature" => &mut query.message_signature,
                "echostr" => &mut query.echo,
                _ => continue,
            };
            if !place.is_empty() {
                return Err(PushError::Refused.into());
            }
            *place = value.into_owned();
        }
        Ok(query)
    }

    fn as_push(&self) -> PushQuery<'_> {
        PushQuery {
            timestamp: &self.timestamp,
            nonce: &self.nonce,
            signature: &self.signature,
            message_signature: &self.message_signature,
        }
    }
}
