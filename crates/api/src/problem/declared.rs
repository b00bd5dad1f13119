use std::marker::PhantomData;

use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;

use super::bodies::ProblemBody;
use super::code::ProblemCode;
use super::error::Problem;
use crate::responses::header;

/// Sets of codes that many endpoints share.
pub(crate) mod codes {
    use crate::problem::code::ProblemCode::{
        self, ClientAddressNotAllowed, ClientExpired, ClientInvalid, InsufficientScope,
        InternalError, InvalidRequest, PayloadTooLarge, RateLimited, ReauthenticationRequired,
        RequestTimeout, StoreUnavailable, TokenInvalid, TokenMissing, UnsupportedMediaType,
        UserDisabled,
    };

    /// The codes of every endpoint.
    pub(crate) const ALWAYS: &[ProblemCode] = &[InvalidRequest, InternalError];
    /// The codes of endpoints that read a body.
    pub(crate) const BODY: &[ProblemCode] =
        &[RequestTimeout, PayloadTooLarge, UnsupportedMediaType];
    /// The codes of endpoints for signed-in users.
    pub(crate) const SIGNED_IN: &[ProblemCode] =
        &[TokenInvalid, TokenMissing, UserDisabled, StoreUnavailable];
    /// The codes of endpoints that need a recent sign-in.
    pub(crate) const JUST_SIGNED_IN: &[ProblemCode] =
        &[TokenInvalid, TokenMissing, UserDisabled, ReauthenticationRequired, StoreUnavailable];
    /// The codes of endpoints for API clients.
    pub(crate) const CLIENT: &[ProblemCode] = &[
        ClientInvalid,
        ClientExpired,
        InsufficientScope,
        ClientAddressNotAllowed,
        RateLimited,
        StoreUnavailable,
    ];
}

/// The failures that an endpoint declares in the OpenAPI document.
pub(crate) trait ProblemSet: Send + Sync + 'static {
    /// The body of a failure.
    type Body: ProblemBody;
    /// Every code of the endpoint.
    const CODES: &'static [&'static [ProblemCode]];
}

/// Declares the failures of an endpoint: a name, the type of the body, and lists of codes.
macro_rules! problem_set {
    ($name:ident, $body:ty, [$($codes:expr),* $(,)?]) => {
        struct $name;

        impl $crate::problem::ProblemSet for $name {
            type Body = $body;
            const CODES: &'static [&'static [$crate::problem::ProblemCode]] =
                &[$crate::problem::codes::ALWAYS, $($codes),*];
        }
    };
}
pub(crate) use problem_set;

/// A failure that its endpoint declares.
#[derive(Debug)]
pub(crate) struct Failure<S>(Problem, PhantomData<S>);

impl<S: ProblemSet, E: Into<Problem>> From<E> for Failure<S> {
    fn from(error: E) -> Self {
        let problem = error.into();
        debug_assert!(
            S::CODES.iter().any(|codes| codes.contains(&problem.code)),
            "the endpoint does not declare the problem {problem}"
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
        let mut codes = Vec::new();
        for code in S::CODES.iter().copied().flatten() {
            // Lists may overlap.
            if !codes.contains(code) {
                codes.push(*code);
            }
        }
        codes.sort_by_key(|code| code.status().as_u16());
        let responses = codes.chunk_by(|a, b| a.status() == b.status()).map(response::<S::Body>);
        MetaResponses { responses: responses.collect() }
    }

    fn register(registry: &mut Registry) {
        S::Body::register(registry);
    }
}

fn response<B: ProblemBody>(codes: &[ProblemCode]) -> MetaResponse {
    // The registry needs static text. This runs once per process, when the document is built.
    let description = describe(codes).leak();
    let headers_of = |code: &ProblemCode| match code {
        ProblemCode::TokenInvalid
        | ProblemCode::TokenMissing
        | ProblemCode::ClientInvalid
        | ProblemCode::ClientExpired
        | ProblemCode::InsufficientScope => {
            Some(header("WWW-Authenticate", "string", "How to authenticate (RFC 9110)."))
        }
        ProblemCode::RateLimited
        | ProblemCode::WechatUnavailable
        | ProblemCode::StoreUnavailable => {
            Some(header("Retry-After", "integer", "Seconds to wait before retrying."))
        }
        _ => None,
    };
    let mut headers = codes.iter().filter_map(headers_of).collect::<Vec<_>>();
    headers.dedup_by(|a, b| a.name == b.name);
    for header in &mut headers {
        let has_it = |code| headers_of(code).is_some_and(|other| other.name == header.name);
        header.required = codes.iter().all(has_it);
    }
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

/// Returns the description of a response, which lists its codes.
fn describe(codes: &[ProblemCode]) -> String {
    let lines = codes.iter().map(|code| format!("`{}`: {}.", code.as_str(), code.title()));
    lines.collect::<Vec<_>>().join(" ")
}

/// Returns the codes that such a description lists.
pub(crate) fn codes_in(description: &str) -> Vec<ProblemCode> {
    let words = description.split('`').collect::<Vec<_>>();
    ProblemCode::ALL.iter().copied().filter(|code| words.contains(&code.as_str())).collect()
}
