//! What becomes of somebody later: a unionid that appears, changes or goes, another phone number.

use poem::web::{Data, Path};
use poem::{Body, Response, Result, handler};
use serde::Deserialize;

use super::phone::{CountryCode, PhoneNumber, change_phone};
use super::{app, check_id, nobody, ok, parse, read, unionid_taken};
use crate::Simulator;
use crate::state::people::Person;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Change {
    app_id: Option<String>,
    #[serde(default)]
    unionid: UnionidChange,
    phone_number: Option<PhoneNumber>,
    country_code: Option<CountryCode>,
}

/// A field that is left out keeps what is there; `null` takes it away.
#[derive(Default, Deserialize)]
#[serde(from = "Option<String>")]
enum UnionidChange {
    #[default]
    Keep,
    Become(Option<String>),
}

impl From<Option<String>> for UnionidChange {
    fn from(unionid: Option<String>) -> Self {
        Self::Become(unionid)
    }
}

#[handler]
pub(super) async fn change(
    Data(simulator): Data<&Simulator>,
    Path(openid): Path<String>,
    body: Body,
) -> Result<Response> {
    let body = read(body).await?;
    let change: Change = parse(&body)?;
    let app_id = &app(simulator.config(), change.app_id.as_deref())?.app_id;

    let mut state = simulator.state();
    let people = &mut state.people;
    people.find(app_id, &openid).ok_or_else(|| nobody(&openid))?;
    if let UnionidChange::Become(unionid) = change.unionid {
        check_id("unionid", unionid.as_deref())?;
        let set = people.set_unionid(app_id, &openid, unionid);
        set.map_err(|taken| unionid_taken(&taken))?;
    }
    let person = people.find_mut(app_id, &openid).ok_or_else(|| nobody(&openid))?;
    if change.phone_number.is_some() || change.country_code.is_some() {
        change_phone(&mut person.phone, change.phone_number, change.country_code);
    }
    Ok(ok(&Person::listed(person, app_id, &openid)))
}
