//! The people of each app: `WeChat` users as an app sees them.

use std::collections::HashMap;

use serde::Serialize;

use crate::random;
use crate::state::phone::Phone;
use crate::state::session_keys::SessionKeys;

/// People by app.
#[derive(Default)]
pub(crate) struct People {
    apps: HashMap<String, AppPeople>,
}

#[derive(Default)]
struct AppPeople {
    by_openid: HashMap<String, Person>,
    openid_of_unionid: HashMap<String, String>,
}

/// A `WeChat` user in one app.
#[derive(Default)]
pub(crate) struct Person {
    unionid: Option<String>,
    pub(crate) phone: Option<Phone>,
    pub(crate) keys: SessionKeys,
    last_code_at: u64,
}

/// The unionid belongs to another person of the app.
#[derive(Debug)]
pub(crate) struct UnionidTaken {
    /// The owner of the unionid.
    pub(crate) openid: String,
}

/// A person as the control API shows them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PersonView<'a> {
    app_id: &'a str,
    openid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    unionid: Option<&'a str>,
    #[serde(flatten)]
    phone: Option<&'a Phone>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_session_key: Option<&'a str>,
    last_code_at: u64,
}

impl People {
    /// Finds or creates the person who gets a code, and returns their openid. Without an openid the
    /// owner of the unionid is found; without either a new person is created. A given unionid is
    /// stored.
    pub(crate) fn find_or_create(
        &mut self,
        app_id: &str,
        openid: Option<String>,
        unionid: Option<String>,
        now: u64,
    ) -> Result<String, UnionidTaken> {
        let app = self.apps.entry(app_id.to_owned()).or_default();
        let owner = unionid.as_ref().and_then(|unionid| app.openid_of_unionid.get(unionid));
        let openid = openid.or_else(|| owner.cloned()).unwrap_or_else(random::openid);
        if let Some(unionid) = unionid {
            app.set_unionid(&openid, Some(unionid))?;
        }
        app.by_openid.entry(openid.clone()).or_default().last_code_at = now;
        Ok(openid)
    }

    /// Sets or removes a unionid.
    pub(crate) fn set_unionid(
        &mut self,
        app_id: &str,
        openid: &str,
        unionid: Option<String>,
    ) -> Result<(), UnionidTaken> {
        self.apps.entry(app_id.to_owned()).or_default().set_unionid(openid, unionid)
    }

    /// Returns the session key, renewed if it is old enough, and the unionid.
    pub(crate) fn sign_in(
        &mut self,
        app_id: &str,
        openid: &str,
        now: u64,
    ) -> (String, Option<String>) {
        let app = self.apps.entry(app_id.to_owned()).or_default();
        let person = app.by_openid.entry(openid.to_owned()).or_default();
        (person.keys.at_login(now), person.unionid.clone())
    }

    pub(crate) fn find(&self, app_id: &str, openid: &str) -> Option<&Person> {
        self.apps.get(app_id)?.by_openid.get(openid)
    }

    pub(crate) fn find_mut(&mut self, app_id: &str, openid: &str) -> Option<&mut Person> {
        self.apps.get_mut(app_id)?.by_openid.get_mut(openid)
    }

    /// The people with the latest codes, newest first.
    pub(crate) fn newest(&self, at_most: usize) -> Vec<PersonView<'_>> {
        let mut people: Vec<_> = self
            .apps
            .iter()
            .flat_map(|(app_id, app)| {
                app.by_openid.iter().map(|(openid, person)| person.view(app_id, openid))
            })
            .collect();
        people.sort_by(|a, b| (b.last_code_at, b.openid).cmp(&(a.last_code_at, a.openid)));
        people.truncate(at_most);
        people
    }
}

impl AppPeople {
    fn set_unionid(&mut self, openid: &str, unionid: Option<String>) -> Result<(), UnionidTaken> {
        if let Some(unionid) = &unionid {
            let owner = self.openid_of_unionid.get(unionid);
            if let Some(owner) = owner.filter(|owner| *owner != openid) {
                return Err(UnionidTaken { openid: owner.clone() });
            }
        }
        let person = self.by_openid.entry(openid.to_owned()).or_default();
        if let Some(previous) = &person.unionid {
            self.openid_of_unionid.remove(previous);
        }
        if let Some(unionid) = &unionid {
            self.openid_of_unionid.insert(unionid.clone(), openid.to_owned());
        }
        person.unionid = unionid;
        Ok(())
    }
}

impl Person {
    pub(crate) fn view<'a>(&'a self, app_id: &'a str, openid: &'a str) -> PersonView<'a> {
        PersonView {
            app_id,
            openid,
            unionid: self.unionid.as_deref(),
            phone: self.phone.as_ref(),
            session_key: self.keys.current(),
            previous_session_key: self.keys.previous(),
            last_code_at: self.last_code_at,
        }
    }
}
