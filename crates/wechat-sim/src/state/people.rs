//! The people of `WeChat`, as each app sees them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;

use crate::random;

/// How old a session key must be before a login replaces it. `WeChat`'s older
/// documents said that quick repeats need not change the key, and not how
/// quick, as <https://juejin.cn/post/7075256111959539742> quotes them.
const KEY_REFRESH_MILLIS: u64 = 30_000;

/// Apps by `AppID`.
#[derive(Default)]
pub(crate) struct People {
    apps: HashMap<String, AppPeople>,
}

#[derive(Default)]
struct AppPeople {
    by_openid: HashMap<String, Person>,
    openid_of_unionid: HashMap<String, String>,
}

/// One person in one app.
#[derive(Default)]
pub(crate) struct Person {
    pub(crate) unionid: Option<String>,
    session_key: String,
    key_since: u64,
    last_code_at: u64,
}

/// The same unionid cannot be two people of one app.
#[derive(Debug)]
pub(crate) struct UnionidTaken {
    pub(crate) openid: String,
}

/// A person as `GET /sim/people` lists them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Listed<'a> {
    app_id: &'a str,
    openid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    unionid: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    session_key: &'a str,
    last_code_at: u64,
}

impl People {
    /// Finds or makes the person who is about to sign in and answers their
    /// openid in this app. Without an openid the unionid finds them, and without
    /// either it is somebody new. A given unionid is theirs from now on.
    pub(crate) fn meet(
        &mut self,
        app_id: &str,
        openid: Option<String>,
        unionid: Option<String>,
        now: u64,
    ) -> Result<String, UnionidTaken> {
        let app = self.apps.entry(app_id.to_owned()).or_default();
        let owner = unionid.as_ref().and_then(|unionid| app.openid_of_unionid.get(unionid));
        let openid = match (openid, owner) {
            (Some(openid), Some(owner)) if openid != *owner => {
                return Err(UnionidTaken { openid: owner.clone() });
            }
            (Some(openid), _) => openid,
            (None, Some(owner)) => owner.clone(),
            (None, None) => random::openid(),
        };

        let person = app.by_openid.entry(openid.clone()).or_default();
        person.last_code_at = now;
        if let Some(unionid) = unionid {
            app.openid_of_unionid.insert(unionid.clone(), openid.clone());
            let before = person.unionid.replace(unionid);
            if let Some(before) = before.filter(|before| person.unionid.as_ref() != Some(before)) {
                app.openid_of_unionid.remove(&before);
            }
        }
        Ok(openid)
    }

    /// What a login tells about a person: their session key, renewed if it is
    /// time, and their unionid.
    pub(crate) fn sign_in(
        &mut self,
        app_id: &str,
        openid: &str,
        now: u64,
    ) -> (String, Option<String>) {
        let app = self.apps.entry(app_id.to_owned()).or_default();
        let person = match app.by_openid.entry(openid.to_owned()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(Person::default()),
        };
        let age = now.saturating_sub(person.key_since);
        if person.session_key.is_empty() || age >= KEY_REFRESH_MILLIS {
            person.session_key = BASE64_STANDARD.encode(random::bytes::<16>());
            person.key_since = now;
        }
        (person.session_key.clone(), person.unionid.clone())
    }

    /// The people who signed in last, newest first.
    pub(crate) fn newest(&self, at_most: usize) -> Vec<Listed<'_>> {
        let mut people: Vec<_> = self
            .apps
            .iter()
            .flat_map(|(app_id, app)| {
                app.by_openid.iter().map(move |(openid, person)| Listed {
                    app_id,
                    openid,
                    unionid: person.unionid.as_deref(),
                    session_key: &person.session_key,
                    last_code_at: person.last_code_at,
                })
            })
            .collect();
        people.sort_by(|a, b| (b.last_code_at, b.openid).cmp(&(a.last_code_at, a.openid)));
        people.truncate(at_most);
        people
    }
}
