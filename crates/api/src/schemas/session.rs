use chrono::{DateTime, Utc};
use poem_openapi::Object;
use poem_openapi::types::Example;
use uuid::Uuid;
use wxlogin_domain::model::{self, SessionId};

use super::date_time::date_time;
use super::example;
use crate::responses::Described;

/// A session on one device.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, example)]
pub(super) struct Session {
    /// The session's id.
    id: Uuid,
    /// The AppID of the mini-program that the user signed in to.
    app_id: String,
    /// The device name that the client sent, if any.
    device: Option<String>,
    /// When the user signed in.
    created_at: DateTime<Utc>,
    /// When the session was last refreshed.
    last_used_at: DateTime<Utc>,
    /// When the session expires unless it is refreshed before.
    expires_at: DateTime<Utc>,
}

impl From<model::Session> for Session {
    fn from(session: model::Session) -> Self {
        Self {
            id: session.id.as_uuid(),
            app_id: session.app_id.as_str().to_owned(),
            device: session.device.map(|device| device.as_str().to_owned()),
            created_at: date_time(session.created_at),
            last_used_at: date_time(session.last_used_at),
            expires_at: date_time(session.expires_at),
        }
    }
}

impl Example for Session {
    fn example() -> Self {
        Self {
            id: example::SESSION,
            app_id: example::APP.into(),
            device: Some("iPhone 17".into()),
            created_at: example::hours(0),
            last_used_at: example::hours(24),
            expires_at: example::hours(24 * 31),
        }
    }
}

/// One of the user's own sessions.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, example)]
pub(super) struct OwnSession {
    #[oai(flatten)]
    session: Session,
    /// Whether this is the session of the access token.
    current: bool,
}

impl Example for OwnSession {
    fn example() -> Self {
        Self { session: Session::example(), current: true }
    }
}

/// The user's own sessions.
#[derive(Object)]
#[oai(example)]
pub(crate) struct OwnSessions {
    /// The sessions, most recently used first.
    sessions: Vec<OwnSession>,
}

impl From<(SessionId, Vec<model::Session>)> for OwnSessions {
    fn from((current, sessions): (SessionId, Vec<model::Session>)) -> Self {
        let own = |session: model::Session| OwnSession {
            current: session.id == current,
            session: session.into(),
        };
        Self { sessions: sessions.into_iter().map(own).collect() }
    }
}

impl Described for OwnSessions {
    const DESCRIPTION: &'static str = "The user's sessions.";
}

impl Example for OwnSessions {
    fn example() -> Self {
        Self { sessions: vec![OwnSession::example()] }
    }
}

/// The sessions that were ended.
#[derive(Object)]
#[oai(example)]
pub(crate) struct EndedSessions {
    /// The number of sessions that were ended.
    pub(crate) ended: u64,
}

impl Described for EndedSessions {
    const DESCRIPTION: &'static str = "All other sessions of the user have ended.";
}

impl Example for EndedSessions {
    fn example() -> Self {
        Self { ended: 2 }
    }
}
