use poem_openapi::Object;
use poem_openapi::types::Example;
use serde::Deserialize;
use wxlogin_domain::model::PhoneNumber;

/// A phone number. The user and API clients with the scope `phone` see the whole number; other API
/// clients see it masked.
#[derive(Object)]
#[oai(rename_all = "camelCase", example)]
pub(crate) struct Phone {
    /// The digits of the country code, such as `86`.
    country_code: String,
    /// The digits of the national number, or `138****8000` if masked.
    number: String,
}

impl Phone {
    /// Returns the number as its owner sees it.
    pub(super) fn clear(number: &PhoneNumber) -> Self {
        Self {
            country_code: number.country_code().to_owned(),
            number: number.national().to_owned(),
        }
    }

    /// Returns the number as others see it.
    pub(super) fn masked(number: &PhoneNumber) -> Self {
        Self { country_code: number.country_code().to_owned(), number: number.masked() }
    }

    pub(super) fn masked_example() -> Self {
        Self { number: "138****8000".into(), ..Self::example() }
    }
}

impl Example for Phone {
    fn example() -> Self {
        Self { country_code: "86".into(), number: "13800138000".into() }
    }
}

/// The result of the phone-number button.
#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase", example)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PhoneRequest {
    /// The `code` from the button's event, which is not a `wx.login` code. Valid once, for five
    /// minutes.
    #[oai(validator(min_length = 1, max_length = 128, pattern = "^[A-Za-z0-9_-]+$"))]
    pub(crate) code: String,
}

impl Example for PhoneRequest {
    fn example() -> Self {
        Self { code: "e31968a7f94cc5ee25fafc2aef2773f0bb8c3937b22520eb8ee345274d00c144".into() }
    }
}
