use std::fmt;

use super::{Malformed, Secret};

/// A mini-program's id: `wx` and sixteen lower-case letters or digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AppId(String);

impl AppId {
    /// Checks the shape. A stray blank or a capital would make WeChat answer 40013.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let shaped = text.len() == 18
            && text.starts_with("wx")
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if shaped {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed("an app id is `wx` followed by 16 lower-case letters or digits"))
        }
    }

    /// The id as text.
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

/// Whether people WeChat names for the first time become users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignUp {
    /// Anyone WeChat names becomes a user.
    Open,
    /// Only people who already have an account sign in.
    Closed,
}

/// One mini-program of this deployment.
#[derive(Debug, Clone)]
pub struct App {
    /// WeChat's id of it.
    pub id: AppId,
    /// WeChat's `AppSecret` of it.
    pub secret: Secret,
    /// Another `AppSecret`, while one replaces the other and either may be the one WeChat takes.
    pub second_secret: Option<Secret>,
    /// Whether phone numbers are also taken as WeChat gave them to pages before there were codes.
    pub encrypted_phone: bool,
    /// Who may become a user through it.
    pub sign_up: SignUp,
}

/// The mini-programs of this deployment.
#[derive(Debug, Clone)]
pub struct Apps(Vec<App>);

/// No mini-program of this deployment is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnknownApp {
    /// Several apps are configured and the request names none.
    #[error("appId is needed here: this service knows more than one app")]
    Needed,
    /// The request names an app that is not configured.
    #[error("this service does not know that appId")]
    NotConfigured,
}

impl Apps {
    /// All apps of the deployment.
    #[must_use]
    pub fn new(apps: Vec<App>) -> Self {
        Self(apps)
    }

    /// The app that `app_id` names, or the only one when nothing is named.
    pub fn resolve(&self, app_id: Option<&str>) -> Result<&App, UnknownApp> {
        match (app_id, self.0.as_slice()) {
            (Some(id), apps) => {
                apps.iter().find(|app| app.id.as_str() == id).ok_or(UnknownApp::NotConfigured)
            }
            (None, [only]) => Ok(only),
            (None, _) => Err(UnknownApp::Needed),
        }
    }

    /// Every app.
    pub fn iter(&self) -> impl Iterator<Item = &App> {
        self.0.iter()
    }
}

impl IntoIterator for Apps {
    type Item = App;
    type IntoIter = std::vec::IntoIter<App>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
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
        assert!(two.resolve(Some("wxdev0000000000002")).is_ok());
    }
}
