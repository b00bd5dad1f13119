//! What is answered outside the OpenAPI document: the document itself, its Swagger UI, and what
//! load balancers ask.

mod probes;
mod static_text;
mod swagger_ui;

pub(crate) use self::probes::{healthz, readyz};
pub(crate) use self::static_text::text;
pub(crate) use self::swagger_ui::swagger_ui;
