use std::marker::PhantomData;

use poem::http::{HeaderValue, StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaResponses, Registry};

use super::describe::{Described, header, response};

/// Status 204.
pub(crate) struct NoContent;

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        Response::builder()
            .status(StatusCode::NO_CONTENT)
            .header(header::CACHE_CONTROL, "no-store")
            .finish()
    }
}

impl ApiResponse for NoContent {
    fn meta() -> MetaResponses {
        MetaResponses { responses: vec![response(204, "Success.", None, vec![])] }
    }

    fn register(_: &mut Registry) {}
}

/// The headers of a response without a body.
pub(crate) trait ResponseHeaders: Described {
    /// Name and description of each header. The response always has all of them.
    const HEADERS: &'static [(&'static str, &'static str)];
}

/// Status 200 without a body, for standards and proxies that require this status.
pub(crate) struct Empty<H> {
    values: Vec<HeaderValue>,
    headers: PhantomData<H>,
}

impl<H: ResponseHeaders> Empty<H> {
    /// Takes the headers' values in the order of [`ResponseHeaders::HEADERS`].
    pub(crate) fn with(values: Vec<HeaderValue>) -> Self {
        Self { values, headers: PhantomData }
    }
}

impl<H: ResponseHeaders + Send> IntoResponse for Empty<H> {
    fn into_response(self) -> Response {
        let response = Response::builder().header(header::CACHE_CONTROL, "no-store");
        let headers = H::HEADERS.iter().zip(self.values);
        headers
            .fold(response, |response, ((name, _), value)| response.header(*name, value))
            .finish()
    }
}

impl<H: ResponseHeaders> ApiResponse for Empty<H> {
    fn meta() -> MetaResponses {
        let headers = H::HEADERS.iter().map(|(name, text)| header(name, "string", text));
        let response = response(200, H::DESCRIPTION, None, headers.collect());
        MetaResponses { responses: vec![response] }
    }

    fn register(_: &mut Registry) {}
}
