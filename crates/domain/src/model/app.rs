use std::fmt;

use super::{Malformed, Secret};

/// The id of a mini-program: `wx` and 16 lower-case letters or digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AppId(String);

impl AppId {
    /// Checks the form. For a stray space or a capital letter WeChat would return errcode 40013.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let shaped = text.len() == 18
            && text.starts_with("wx")
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if shaped {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed("an app id is `wx` and 16 lower-case letters or digits"))
        }
    }

    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AppId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether new users can sign up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignUp {
    /// Everybody can sign up.
    Open,
    /// Only existing users can sign in.
    Closed,
}

/// One mini-program of this deployment.
#[derive(Debug, Clone)]
pub struct App {
    /// Its id at WeChat.
    pub id: AppId,
    /// Its `AppSecret`.
    pub secret: Secret,
    /// A second `AppSecret` during a rotation, while WeChat may accept either.
    pub second_secret: Option<Secret>,
    /// Whether phone numbers are also accepted as encrypted data, WeChat's older way without a code.
    pub encrypted_phone: bool,
    /// Whether new users can sign up through it.
    pub sign_up: SignUp,
}

/// The mini-programs of this deployment.
#[derive(Debug, Clone)]
pub struct Apps {
    apps: Vec<App>,
    default: Option<AppId>,
}

/// A request names no mini-program of this deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnknownApp {
    /// Several apps are configured and the request names none of them.
    #[error("the field `appId` is required because several apps are configured")]
    Needed,
    /// The request names an app that is not configured.
    #[error("the field `appId` names an app that is not configured")]
    NotConfigured,
}

impl Apps {
    /// Creates the list of apps.
    #[must_use]
    pub fn new(apps: Vec<App>) -> Self {
        Self { apps, default: None }
    }

    /// Sets the app of requests that name none, although there are several.
    #[must_use]
    pub fn with_default(mut self, id: AppId) -> Self {
        self.default = Some(id);
        self
    }

    /// Returns the app with this id. Without an id, returns the default app or the only app.
    pub fn resolve(&self, app_id: Option<&str>) -> Result<&App, UnknownApp> {
        let app_id = app_id.or(self.default.as_ref().map(AppId::as_str));
        match (app_id, self.apps.as_slice()) {
            (Some(id), apps) => {
                apps.iter().find(|app| app.id.as_str() == id).ok_or(UnknownApp::NotConfigured)
            }
            (None, [only]) => Ok(only),
            (None, _) => Err(UnknownApp::Needed),
        }
    }

    /// Iterates over all apps.
    pub fn iter(&self) -> impl Iterator<Item = &App> {
        self.apps.iter()
    }
}

impl IntoIterator for Apps {
    type Item = App;
    type IntoIter = std::vec::IntoIter<App>;

    fn into_iter(self) -> Self::IntoIter {
        self.apps.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn app_ids_have_wechats_shape() {
        assert!(AppId::parse("wxdev0000000000001").is_ok());
        for wrong in
            ["", "wx123", "wxdev000000000000A", "wxdev0000000000001 ", "axdev0000000000001"]
        {
            assert!(AppId::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn an_app_is_needed_only_where_there_are_several() {
        let app = |id: &str| App {
            id: AppId::parse(id).unwrap(),
            secret: Secret::new("x"),
            second_secret: None,
            encrypted_phone: false,
            sign_up: SignUp::Open,
        };
        let one = Apps::new(vec![app("wxdev0000000000001")]);
        assert!(one.resolve(None).is_ok());
        assert_eq!(one.resolve(Some("wxother00000000001")).unwrap_err(), UnknownApp::NotConfigured);
        let two = Apps::new(vec![app("wxdev0000000000001"), app("wxdev0000000000002")]);
        assert_eq!(two.resolve(None).unwrap_err(), UnknownApp::Needed);
        let second = two.resolve(Some("wxdev0000000000002")).unwrap().id.clone();
        let two = two.with_default(second.clone());
        assert_eq!(two.resolve(None).unwrap().id, second);
        let first = two.resolve(Some("wxdev0000000000001")).unwrap();
        assert_eq!(first.id.as_str(), "wxdev0000000000001");
    }
}
