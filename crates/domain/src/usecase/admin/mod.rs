//! What API clients do: authentication of the clients themselves, and for operators showing,
//! banning, erasing and merging users.

pub mod api_clients;
pub mod merge;
mod unknown_clients;
pub mod users;
