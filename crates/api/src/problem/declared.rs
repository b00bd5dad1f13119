use std::marker::PhantomData;

use poem_openapi::ApiResponse;
use poem_openapi::registry::{
    MetaHeader, MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry,
};
use poem_openapi::types::Type;

use super::{OriginalProblem, Problem, ProblemCode, ProblemDetails};

/// Sets of codes that come together.
pub(crate) mod codes {
    use super::ProblemCode::{self, InternalError, InvalidRequest, PayloadTooLarge};
    use super::ProblemCode::{RequestTimeout, UnsupportedMediaType};

    /// What every endpoint can answer.
    pub(crate) const ALWAYS: &[ProblemCode] = &[InternalError];
    /// What an endpoint that reads a body can answer.
    pub(crate) const BODY: &[ProblemCode] =
        &[InvalidRequest, RequestTimeout, PayloadTooLarge, UnsupportedMediaType];
}

/// The failures one endpoint declares in the document.
pub(crate) trait ProblemSet: Send + Sync + 'static {
    /// What a failure's body looks like.
    type Body: ProblemBody;
    /// Every code the endpoint can answer with.
    const CODES: &'static [&'static [ProblemCode]];
}

/// The body of a failure.
pub(crate) trait ProblemBody: Type {}

impl ProblemBody for ProblemDetails {}
impl ProblemBody for OriginalProblem {}

/// A failure that an endpoint has declared.
#[derive(Debug)]
pub(crate) struct Failure<S>(Problem, PhantomData<S>);

impl<S: ProblemSet, E: Into<Problem>> From<E> for Failure<S> {
    fn from(error: E) -> Self {
        let problem = error.into();
        debug_assert!(
            S::CODES.iter().any(|codes| codes.contains(&problem.code)),
            "an endpoint fails with {problem}, which it does not declare"
        );
        Self(problem, PhantomData)
    }
}

impl<S> From<Failure<S>> for poem::Error {
    fn from(failure: Failure<S>) -> Self {
        failure.0.into()
    }
}

impl<S: ProblemSet> ApiResponse for Failure<S> {
    fn meta() -> MetaResponses {
        let mut codes = S::CODES.iter().copied().flatten().copied().collect::<Vec<_>>();
        codes.sort_by_key(|code| code.status().as_u16());
        let responses = codes.chunk_by(|a, b| a.status() == b.status()).map(response::<S::Body>);
        MetaResponses { responses: responses.collect() }
    }

    fn register(registry: &mut Registry) {
        S::Body::register(registry);
    }
}

fn response<B: ProblemBody>(codes: &[ProblemCode]) -> MetaResponse {
    // The registry takes static text only; this runs when the document is built, once a process.
    let description = describe(codes).leak();
    let headers = codes.iter().filter_map(|code| match code {
        ProblemCode::TokenInvalid => {
            Some(header("WWW-Authenticate", "string", "How to authenticate (RFC 6750)."))
        }
        ProblemCode::RateLimited
        | ProblemCode::WechatUnavailable
        | ProblemCode::StoreUnavailable => {
            Some(header("Retry-After", "integer", "Seconds to wait before the next try."))
        }
        _ => None,
    });
    let mut headers = headers.collect::<Vec<_>>();
    headers.dedup_by(|a, b| a.name == b.name);
    MetaResponse {
        description,
        status: codes.first().map(|code| code.status().as_u16()),
        status_range: None,
        content: vec![MetaMediaType {
            content_type: "application/problem+json",
            schema: B::schema_ref(),
        }],
        headers,
    }
}

/// The text that lists an answer's codes.
fn describe(codes: &[ProblemCode]) -> String {
    let lines = codes.iter().map(|code| format!("`{}`: {}.", code.as_str(), code.title()));
    lines.collect::<Vec<_>>().join(" ")
}

/// The codes that such a text lists.
pub(crate) fn codes_in(description: &str) -> Vec<ProblemCode> {
    let words = description.split('`').collect::<Vec<_>>();
    ProblemCode::ALL.iter().copied().filter(|code| words.contains(&code.as_str())).collect()
}

fn header(name: &str, ty: &'static str, description: &str) -> MetaHeader {
    MetaHeader {
        name: name.into(),
        description: Some(description.into()),
        required: true,
        deprecated: false,
        schema: MetaSchemaRef::Inline(Box::new(MetaSchema::new(ty))),
    }
}
