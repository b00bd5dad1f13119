//! The state of the simulation.

pub(crate) mod access_tokens;
pub(crate) mod call_log;
pub(crate) mod clock;
pub(crate) mod encrypted_phones;
pub(crate) mod faults;
pub(crate) mod one_time_codes;
pub(crate) mod people;
pub(crate) mod phone;
pub(crate) mod session_keys;

/// The whole state; `DELETE /sim` resets it.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) clock: clock::Clock,
    pub(crate) people: people::People,
    /// The codes of `wx.login`, each for an openid.
    pub(crate) login_codes: one_time_codes::OneTimeCodes<String>,
    /// The codes of the phone number button.
    pub(crate) phone_codes: one_time_codes::OneTimeCodes<phone::SharedPhone>,
    pub(crate) access_tokens: access_tokens::AccessTokens,
    pub(crate) encrypted_phones: encrypted_phones::EncryptedPhones,
    pub(crate) faults: faults::Faults,
    pub(crate) call_log: call_log::CallLog,
}
