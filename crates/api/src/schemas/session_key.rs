use poem_openapi::Object;
use poem_openapi::types::Example;
use serde::Deserialize;

use super::example;
use crate::responses::Described;

/// The app whose session key to replace for the user in the path.
#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase", example)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SessionKeyResetRequest {
    /// The AppID of a mini-program that the user has signed in to.
    #[oai(validator(pattern = "^wx[a-z0-9]{16}$"))]
    pub(crate) app_id: String,
}

impl Example for SessionKeyResetRequest {
    fn example() -> Self {
        Self { app_id: example::APP.into() }
    }
}

/// Whether the session key is valid.
#[derive(Object)]
#[oai(example)]
pub(crate) struct Validity {
    /// Whether the session key is valid.
    pub(crate) valid: bool,
}

impl Described for Validity {
    const DESCRIPTION: &'static str = "Whether the session key is valid.";
}

impl Example for Validity {
    fn example() -> Self {
        Self { valid: true }
    }
}
