//! The phone number fields of the control API.

use serde::Deserialize;
use serde_json::Value;

use crate::state::phone::Phone;

/// A number without its country code, as long as E.164 allows.
#[derive(Deserialize)]
#[serde(try_from = "String")]
pub(super) struct PhoneNumber(String);

impl TryFrom<String> for PhoneNumber {
    type Error = &'static str;

    fn try_from(number: String) -> Result<Self, Self::Error> {
        if (4..=15).contains(&number.len()) && is_digits(&number) {
            Ok(Self(number))
        } else {
            Err("`phoneNumber` must be 4 to 15 digits, without the country code")
        }
    }
}

/// A country calling code, given as a string or as a number.
#[derive(Deserialize)]
#[serde(try_from = "Value")]
pub(super) struct CountryCode(String);

impl TryFrom<Value> for CountryCode {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        let code = match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        if (1..=4).contains(&code.len()) && is_digits(&code) && !code.starts_with('0') {
            Ok(Self(code))
        } else {
            Err("`countryCode` must be 1 to 4 digits, such as \"86\"")
        }
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Changes the given parts of a person's phone number. A person without a number gets a random one
/// first.
pub(super) fn change_phone(
    phone: &mut Option<Phone>,
    number: Option<PhoneNumber>,
    country_code: Option<CountryCode>,
) -> &Phone {
    let phone = phone.get_or_insert_with(Phone::random);
    if let Some(PhoneNumber(number)) = number {
        phone.number = number;
    }
    if let Some(CountryCode(country_code)) = country_code {
        phone.country_code = country_code;
    }
    phone
}
