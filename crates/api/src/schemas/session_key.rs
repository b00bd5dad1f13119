use poem_openapi::Object;
use poem_openapi::types::Example;
use serde::Deserialize;

use super::example;
use crate::responses::Described;

/// Whose session key is to be replaced, beside the user in the path.
#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase", example)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SessionKeyResetRequest {
    /// The AppID of the mini-program in which WeChat knows the user.
    #[oai(validator(max_length = 64))]
    pub(crate) app_id: String,
}

impl Example for SessionKeyResetRequest {
    fn example() -> Self {
        Self { app_id: example::APP.into() }
    }
}

/// Whether it holds.
#[derive(Object)]
#[oai(example)]
pub(crate) struct Validity {
    /// Whether it holds.
    pub(crate) valid: bool,
}

impl Described for Validity {
    const DESCRIPTION: &'static str = "Whether it holds.";
}

impl Example for Validity {
    fn example() -> Self {
        Self { valid: true }
    }
}
