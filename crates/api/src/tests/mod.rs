//! Tests of the API with a store in memory and a fake WeChat. Every response is checked against the
//! document.

mod account;
mod admin;
mod apps;
mod avatar;
mod backend;
mod call;
mod cors;
mod document;
mod harness;
mod http;
mod open_data;
mod phone;
mod push;
mod requests;
mod sign_in;
mod tolerance;
mod well_known;
