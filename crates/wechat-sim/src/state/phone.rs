//! Phone numbers.

use serde::Serialize;

use crate::random;

/// The country whose numbers `WeChat` writes without a prefix.
const CHINA: &str = "86";

/// Somebody's number, as the control API shows it.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Phone {
    /// Without the country.
    #[serde(rename = "phoneNumber")]
    pub(crate) number: String,
    pub(crate) country_code: String,
}

impl Phone {
    /// A Chinese mobile number.
    pub(crate) fn random() -> Self {
        Self { number: random::mobile_number(), country_code: CHINA.to_owned() }
    }

    /// The number as one dials it: with its country if that is not China. How `WeChat` writes the
    /// country is not documented.
    pub(crate) fn full_number(&self) -> String {
        if self.country_code == CHINA {
            self.number.clone()
        } else {
            format!("+{}{}", self.country_code, self.number)
        }
    }
}
