//! What the simulator remembers.

pub(crate) mod access_tokens;
pub(crate) mod calls;
pub(crate) mod clock;
pub(crate) mod faults;
pub(crate) mod one_time_codes;
pub(crate) mod people;
pub(crate) mod phone;
pub(crate) mod phone_data;
pub(crate) mod session_keys;

use one_time_codes::OneTimeCodes;

/// Everything that `DELETE /sim` forgets.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) clock: clock::Clock,
    pub(crate) people: people::People,
    /// What `wx.login` gave: each stands for an openid.
    pub(crate) login_codes: OneTimeCodes<String>,
    /// What the phone button gave.
    pub(crate) phone_codes: OneTimeCodes<TappedPhone>,
    pub(crate) access_tokens: access_tokens::AccessTokens,
    pub(crate) phone_data: phone_data::PhoneData,
    pub(crate) faults: faults::Faults,
    pub(crate) calls: calls::Calls,
}

/// The number that somebody agreed to show.
#[derive(Clone)]
pub(crate) struct TappedPhone {
    pub(crate) openid: String,
    pub(crate) phone: phone::Phone,
    /// Whether `WeChat` will write the country code as a number. Its documents call it a string,
    /// and the example there shows a number.
    pub(crate) country_code_is_number: bool,
}
