//! Failures as RFC 9457 problem details.

mod avatars;
mod bodies;
mod challenge;
mod code;
mod declared;
mod error;
mod framework;
mod mapping;
mod merging;
mod wechat;

pub(crate) use self::bodies::{OAuthProblem, OriginalProblem, ProblemBody, ProblemDetails};
pub(crate) use self::challenge::Challenge;
pub(crate) use self::code::ProblemCode;
pub(crate) use self::declared::{Failure, ProblemSet, codes, codes_in, problem_set};
pub(crate) use self::error::Problem;
