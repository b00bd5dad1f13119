//! What operators and their back ends do: users, merges, and API clients.

pub mod api_clients;
pub mod merge;
pub mod users;
