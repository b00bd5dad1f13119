//! The endpoints of the OpenAPI document: one file and one struct for each tag.
//!
//! Endpoints get the use cases as request data, so the document can be built without them.

mod account;
mod admin;
mod backend;
mod original;
mod shared;
mod sign_in;
mod tag;

pub(crate) use self::account::AccountApi;
pub(crate) use self::admin::AdminApi;
pub(crate) use self::backend::{BackendApi, OAUTH_PATHS};
pub(crate) use self::original::{ORIGINAL_PATHS, OriginalApi, original_path};
pub(crate) use self::sign_in::SignInApi;
pub(crate) use self::tag::TAG_ORDER;
