//! Phone numbers. `binding` gives a user the number of a phone code, and shows it; `code_exchange`
//! asks WeChat for that number. `encrypted` binds numbers that old pages send encrypted instead.
//! `sealing` encrypts numbers for the database.

pub mod binding;
pub(crate) mod code_exchange;
pub mod encrypted;
pub(crate) mod sealing;
