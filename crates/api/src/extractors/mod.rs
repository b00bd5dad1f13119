//! What endpoints read from a request: its body, its headers and the client's address.

mod access_token;
mod api_client;
mod body;
mod client_ip;
mod file_upload;
mod form_body;
mod idempotency_key;
mod json_body;
mod json_text;

pub(crate) use self::access_token::{AccessTokenScheme, OptionalAccessTokenScheme};
pub(crate) use self::api_client::ApiClientScheme;
pub(crate) use self::body::{BodyTimeout, read_up_to};
pub(crate) use self::client_ip::ClientIp;
pub(crate) use self::file_upload::FileUpload;
pub(crate) use self::form_body::{Form, FormBody, FromForm};
pub(crate) use self::idempotency_key::IdempotencyKeyHeader;
pub(crate) use self::json_body::{JsonBody, OptionalJsonBody};
