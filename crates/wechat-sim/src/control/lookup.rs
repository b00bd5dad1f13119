//! Finding what a request names, and the errors if it is not there.

use poem::{Error, Result};

use super::http::bad_request;
use crate::config::{SimApp, SimConfig};
use crate::state::people::UnionidTaken;

/// The app with this `appId`, or the only app if the request has none.
pub(super) fn find_app<'a>(config: &'a SimConfig, app_id: Option<&str>) -> Result<&'a SimApp> {
    let found = match (app_id, config.apps.as_slice()) {
        (Some(app_id), _) => config.app(app_id),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    found.ok_or_else(|| {
        let known: Vec<_> = config.apps.iter().map(|app| app.app_id.as_str()).collect();
        let known = known.join(", ");
        bad_request(match app_id {
            Some(_) => format!("`appId` is not one of this simulator's apps: {known}."),
            None => format!("`appId` is missing. Set it to one of this simulator's apps: {known}."),
        })
    })
}

/// Checks the form of an openid or unionid.
pub(super) fn check_id(field: &str, id: Option<&str>) -> Result<()> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    match id {
        Some(id) if id.is_empty() || id.len() > 128 || !id.bytes().all(allowed) => {
            Err(bad_request(format!("`{field}` must be 1 to 128 letters, digits, `-` or `_`.")))
        }
        _ => Ok(()),
    }
}

pub(super) fn unionid_taken(taken: &UnionidTaken) -> Error {
    bad_request(format!("In this app the unionid belongs to {} already.", taken.openid))
}

pub(super) fn unknown_person() -> Error {
    bad_request("Nobody has this openid in this app. Create a person with `POST /sim/codes`.")
}
