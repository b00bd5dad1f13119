//! What users keep in their account: nickname, avatar and phone number. `account` also deletes the
//! account.

pub mod account;
pub mod avatars;
pub mod phone;
