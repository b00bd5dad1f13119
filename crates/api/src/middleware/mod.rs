//! What happens to every request and response.

mod allowed_methods;
mod cors;
mod handle;
mod loopback_hosts;
mod media_types;
mod query_parameters;
mod refusal_log;
mod well_known_paths;

pub(crate) use self::cors::Cors;
pub(crate) use self::handle::{HandlerConfig, handle};
pub(crate) use self::well_known_paths::path_of;
