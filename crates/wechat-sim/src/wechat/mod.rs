//! `WeChat`'s server API: a file for each call or pair of calls. `handler` runs a call, `request`
//! reads its parameters, `response` writes its response.

mod access_token;
mod check_encrypted_msg;
mod code2session;
mod handler;
mod phone_number;
mod request;
mod response;
mod session_key;

use poem::Route;

pub(crate) use handler::unknown_path;

/// `WeChat`'s paths, for all methods: `WeChat` refuses a wrong method with an error code of its
/// own.
pub(crate) fn routes() -> Route {
    Route::new()
        .at("/sns/jscode2session", code2session::endpoint)
        .at("/cgi-bin/token", access_token::plain)
        .at("/cgi-bin/stable_token", access_token::stable)
        .at("/wxa/business/getuserphonenumber", phone_number::endpoint)
        .at("/wxa/checksession", session_key::check)
        .at("/wxa/resetusersessionkey", session_key::reset)
        .at("/wxa/business/checkencryptedmsg", check_encrypted_msg::endpoint)
}
