//! The control API: issues codes, changes people, scripts faults, sends pushes and shows the log.

mod codes;
mod http;
mod lookup;
mod open_data;
mod people;
mod phone_fields;
mod push;
mod simulation;

use poem::{Endpoint, EndpointExt, Error, Route, get, post, put};

use crate::page;

/// The paths below `/sim`.
pub(crate) fn routes() -> impl Endpoint {
    Route::new()
        .at("/", get(page::html).delete(simulation::reset))
        .at("/page.css", get(page::css))
        .at("/page.js", get(page::js))
        .at("/settings", get(simulation::settings))
        .at("/people", get(people::list))
        .at("/people/:openid", put(people::change))
        .at("/calls", get(simulation::list_calls))
        .at("/codes", post(codes::login))
        .at("/phone-codes", post(codes::phone))
        .at("/open-data", post(open_data::create))
        .at("/push", post(push::deliver))
        .at("/push/verify", post(push::verify))
        .at("/faults", get(simulation::list_faults).put(simulation::set_faults))
        .at("/clock", get(simulation::clock).post(simulation::advance))
        .catch_all_error(async |error: Error| {
            if error.is_from_response() {
                return error.into_response();
            }
            http::error(error.status(), "The control API has no such path or method.")
        })
}
