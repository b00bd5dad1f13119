//! What is answered outside the OpenAPI document: the document itself, its Swagger UI, what
//! load balancers ask, where WeChat pushes, people's pictures, and
//! a page to try it all with.

mod avatar;
mod example;
mod probes;
mod push;
mod static_text;
mod swagger_ui;

pub(crate) use self::avatar::{AVATAR_PATH, avatar};
pub use self::example::Example;
pub(crate) use self::example::example;
pub(crate) use self::probes::{healthz, readyz};
pub(crate) use self::push::{PUSH_PATH, push};
pub(crate) use self::static_text::text;
pub(crate) use self::swagger_ui::swagger_ui;
