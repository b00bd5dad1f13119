//! Routes that are not the framework's endpoints: the start page, the OpenAPI document itself, Swagger UI,
//! health checks, WeChat's push messages, uploaded avatars and the example page. `document/routes.yaml`
//! describes those that others call.

mod avatar;
mod example;
mod health;
mod push;
mod start_page;
mod static_text;
mod swagger_ui;

pub(crate) use self::avatar::{AVATAR_PATH, avatar};
pub(crate) use self::example::example;
pub(crate) use self::health::{healthz, readyz};
pub(crate) use self::push::{PUSH_PATH, push};
pub(crate) use self::start_page::{START_PATH, start_page};
pub(crate) use self::static_text::text;
pub(crate) use self::swagger_ui::swagger_ui;
