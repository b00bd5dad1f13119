use chrono::{DateTime, Utc};
use poem_openapi::Object;
use poem_openapi::types::Example;
use uuid::Uuid;
use wxlogin_domain::model::{self, SessionId, UserId};

use super::date_time::date_time;
use super::example;
use crate::responses::Described;

/// A change to a user or to an API client.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, example)]
struct AuditEvent {
    /// The event's id.
    id: Uuid,
    /// When the event happened.
    at: DateTime<Utc>,
    /// What happened: `user_disabled`, `user_enabled`, `user_type_changed`, `erasure_requested`,
    /// `user_erased`, `identity_erased`, `phone_released`, `profile_cleared`, `authorization_revoked`,
    /// `users_merged`, `union_id_changed`, `refresh_token_reused` or `user_imported`; for API clients
    /// `client_created`, `client_rotated`, `client_changed` or `client_removed`. New values may be
    /// added.
    action: String,
    /// The id of the user, who may have been deleted since. Absent if the event is about an API client.
    user_id: Option<Uuid>,
    /// The id of the API client that the event is about, if it is about one.
    client_id: Option<String>,
    /// The AppID of the mini-program that the event is about. Absent if it is about an account in
    /// several apps; clients that are limited to certain apps do not see such events.
    app_id: Option<String>,
    /// The id of the session, if the event is about one.
    session_id: Option<Uuid>,
    /// The id of the API client that made the change, or the name of the operator who ran the command.
    /// Absent if the user or wxlogin itself did.
    actor: Option<String>,
    /// What `actor` is: `api_client` or `command_line`. Present if `actor` is.
    actor_kind: Option<String>,
    /// The reason, if one was given.
    reason: Option<String>,
}

impl From<model::AuditEvent> for AuditEvent {
    fn from(event: model::AuditEvent) -> Self {
        Self {
            id: event.id,
            at: date_time(event.at),
            action: event.action.code().to_owned(),
            user_id: event.user_id.map(UserId::as_uuid),
            client_id: event.client_id.map(|id| id.as_str().to_owned()),
            app_id: event.app_id.map(|app_id| app_id.as_str().to_owned()),
            session_id: event.session_id.map(SessionId::as_uuid),
            actor_kind: event.actor.as_ref().map(|actor| actor.kind().to_owned()),
            actor: event.actor.map(|actor| actor.name().to_owned()),
            reason: event.reason.map(|reason| reason.as_str().to_owned()),
        }
    }
}

impl Example for AuditEvent {
    fn example() -> Self {
        // Every field has an example, although no event is about both a user and a client.
        Self {
            id: example::EVENT,
            at: example::hours(1),
            action: "user_disabled".into(),
            user_id: Some(example::USER),
            client_id: Some("billing".into()),
            app_id: Some(example::APP.into()),
            session_id: Some(example::SESSION),
            actor: Some("support".into()),
            actor_kind: Some("api_client".into()),
            reason: Some("spam".into()),
        }
    }
}

/// A page of the audit log.
#[derive(Object)]
#[oai(skip_serializing_if_is_none, example)]
pub(crate) struct AuditPage {
    /// The events, in the order in which they were stored.
    events: Vec<AuditEvent>,
    /// The value of `after` for the next page. Absent on the last page.
    next: Option<Uuid>,
}

impl From<(Vec<model::AuditEvent>, Option<Uuid>)> for AuditPage {
    fn from((events, next): (Vec<model::AuditEvent>, Option<Uuid>)) -> Self {
        Self { events: events.into_iter().map(Into::into).collect(), next }
    }
}

impl Described for AuditPage {
    const DESCRIPTION: &'static str = "A page of the audit log.";
}

impl Example for AuditPage {
    fn example() -> Self {
        Self { events: vec![AuditEvent::example()], next: Some(example::EVENT) }
    }
}
