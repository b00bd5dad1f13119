use std::marker::PhantomData;

use poem::http::{HeaderValue, StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaResponses, Registry};

use super::{Described, header, response};

/// An answer whose status says everything.
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
        MetaResponses { responses: vec![response(204, "It is done.", None, vec![])] }
    }

    fn register(_: &mut Registry) {}
}

/// What an answer without a body says in its headers.
pub(crate) trait Headers: Described {
    /// Name and description of each, all of them always there.
    const HEADERS: &'static [(&'static str, &'static str)];
}

/// An answer 200 without a body, for callers that ask for this very status.
pub(crate) struct Empty<H> {
    values: Vec<HeaderValue>,
    described: PhantomData<H>,
}

impl<H: Headers> Empty<H> {
    /// With the headers' values in their order.
    pub(crate) fn with(values: Vec<HeaderValue>) -> Self {
        Self { values, described: PhantomData }
    }
}

impl<H: Headers + Send> IntoResponse for Empty<H> {
    fn into_response(self) -> Response {
        let answer = Response::builder().header(header::CACHE_CONTROL, "no-store");
        let headers = H::HEADERS.iter().zip(self.values);
        headers.fold(answer, |answer, ((name, _), value)| answer.header(*name, value)).finish()
    }
}

impl<H: Headers> ApiResponse for Empty<H> {
    fn meta() -> MetaResponses {
        let headers = H::HEADERS.iter().map(|(name, text)| header(name, "string", text));
        let answer = response(200, H::DESCRIPTION, None, headers.collect());
        MetaResponses { responses: vec![answer] }
    }

    fn register(_: &mut Registry) {}
}
