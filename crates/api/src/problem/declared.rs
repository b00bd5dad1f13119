use std::marker::PhantomData;

use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;

use super::{Problem, ProblemBody, ProblemCode};
use crate::responses::header;

/// Sets of codes that come together.
pub(crate) mod codes {
    use super::ProblemCode::{
        self, ClientInvalid, InsufficientScope, InternalError, InvalidRequest, PayloadTooLarge,
        ReauthenticationRequired, RequestTimeout, StoreUnavailable, TokenInvalid,
        UnsupportedMediaType, UserDisabled,
    };

    /// What every endpoint can answer.
    pub(crate) const ALWAYS: &[ProblemCode] = &[InternalError];
    /// What an endpoint that reads a body can answer.
    pub(crate) const BODY: &[ProblemCode] =
        &[InvalidRequest, RequestTimeout, PayloadTooLarge, UnsupportedMediaType];
    /// What an endpoint for people who are signed in can answer.
    pub(crate) const SIGNED_IN: &[ProblemCode] = &[TokenInvalid, UserDisabled, StoreUnavailable];
    /// What an endpoint for people who have just signed in can answer.
    pub(crate) const JUST_SIGNED_IN: &[ProblemCode] =
        &[TokenInvalid, UserDisabled, ReauthenticationRequired, StoreUnavailable];
    /// What an endpoint for API clients can answer.
    pub(crate) const CLIENT: &[ProblemCode] = &[ClientInvalid, InsufficientScope, StoreUnavailable];
}

/// The failures one endpoint declares in the document.
pub(crate) trait ProblemSet: Send + Sync + 'static {
    /// What a failure's body looks like.
    type Body: ProblemBody;
    /// Every code the endpoint can answer with.
    const CODES: &'static [&'static [ProblemCode]];
}

/// Declares the failures of an endpoint: a name, the kind of body, and lists of codes.
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
        ProblemCode::TokenInvalid | ProblemCode::ClientInvalid | ProblemCode::InsufficientScope => {
            Some(header("WWW-Authenticate", "string", "How to authenticate (RFC 9110)."))
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
