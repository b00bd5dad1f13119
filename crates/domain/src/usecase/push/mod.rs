//! WeChat's push messages: checking them, and clearing or erasing what users take back. `app` is an
//! app's push settings.

pub(crate) mod app;
pub mod pushes;
