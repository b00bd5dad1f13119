//! Listing people, and changing their unionid or phone number.

use poem::web::{Data, Path};
use poem::{Body, Response, Result, handler};
use serde::Deserialize;
use serde_json::json;

use super::http::{ok, parse, read};
use super::lookup::{check_id, find_app, unionid_taken, unknown_person};
use super::phone_fields::{CountryCode, PhoneNumber, change_phone};
use crate::simulator::Simulator;
use crate::state::people::Person;

/// A load test creates more people than a list can usefully show.
const MAX_LISTED: usize = 200;

#[handler]
pub(super) fn list(Data(simulator): Data<&Simulator>) -> Response {
    ok(&json!({"people": simulator.state().people.newest(MAX_LISTED)}))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PersonChange {
    app_id: Option<String>,
    #[serde(default)]
    unionid: UnionidChange,
    phone_number: Option<PhoneNumber>,
    country_code: Option<CountryCode>,
}

/// Without the field the unionid stays; `null` removes it.
#[derive(Default, Deserialize)]
#[serde(from = "Option<String>")]
enum UnionidChange {
    #[default]
    Keep,
    Set(Option<String>),
}

impl From<Option<String>> for UnionidChange {
    fn from(unionid: Option<String>) -> Self {
        Self::Set(unionid)
    }
}

#[handler]
pub(super) async fn change(
    Data(simulator): Data<&Simulator>,
    Path(openid): Path<String>,
    body: Body,
) -> Result<Response> {
    let body = read(body).await?;
    let change: PersonChange = parse(&body)?;
    let app_id = &find_app(simulator.config(), change.app_id.as_deref())?.app_id;

    let mut state = simulator.state();
    let people = &mut state.people;
    people.find(app_id, &openid).ok_or_else(unknown_person)?;
    if let UnionidChange::Set(unionid) = change.unionid {
        check_id("unionid", unionid.as_deref())?;
        let set = people.set_unionid(app_id, &openid, unionid);
        set.map_err(|taken| unionid_taken(&taken))?;
    }
    let person = people.find_mut(app_id, &openid).ok_or_else(unknown_person)?;
    if change.phone_number.is_some() || change.country_code.is_some() {
        change_phone(&mut person.phone, change.phone_number, change.country_code);
    }
    Ok(ok(&Person::view(person, app_id, &openid)))
}
