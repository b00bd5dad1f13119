//! Successful responses.

mod cached_json;
mod describe;
mod empty;
mod etag;
mod json_response;

pub(crate) use self::cached_json::CachedJson;
pub(crate) use self::describe::{Described, header};
pub(crate) use self::empty::{Empty, NoContent, ResponseHeaders};
pub(crate) use self::etag::{hash, matches_etag};
pub(crate) use self::json_response::JsonResponse;
