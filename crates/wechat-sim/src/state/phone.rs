//! The phone number of a person, and sharing it with an app.

use serde::Serialize;

use crate::random;

/// The country code of China, whose numbers `WeChat` writes without it.
const CHINA: &str = "86";

/// A phone number, as the control API shows it.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Phone {
    /// The number without the country code.
    #[serde(rename = "phoneNumber")]
    pub(crate) number: String,
    pub(crate) country_code: String,
}

impl Phone {
    /// A random Chinese mobile number.
    pub(crate) fn random() -> Self {
        Self { number: random::mobile_number(), country_code: CHINA.to_owned() }
    }

    /// `WeChat`'s `phoneNumber`: with `+` and the country code unless that is China's. How `WeChat`
    /// writes foreign numbers is not documented.
    pub(crate) fn full_number(&self) -> String {
        if self.country_code == CHINA {
            self.number.clone()
        } else {
            format!("+{}{}", self.country_code, self.number)
        }
    }
}

/// The phone number that a person shared with the phone number button.
#[derive(Clone)]
pub(crate) struct SharedPhone {
    pub(crate) openid: String,
    pub(crate) phone: Phone,
    /// Whether `WeChat` writes the country code as a number. Its documentation says string; its
    /// example shows a number.
    pub(crate) country_code_is_number: bool,
}
