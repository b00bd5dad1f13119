//! What people keep about themselves and change: their account, avatar and phone number.

pub mod account;
pub mod avatars;
pub mod encrypted_phones;
pub mod phone_numbers;
pub(in crate::usecase) mod phone_seal;
pub mod phones;
