//! What users keep in their account: nickname, avatar and phone number. `account` also erases the
//! account.

pub mod account;
pub mod avatars;
pub mod phone;
