use uuid::Uuid;

use super::word::word;
use super::{AppId, ClientId, Malformed, SessionId, Timestamp, UserId};
use crate::ports::Randomness;

macro_rules! audit_actions {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// An action that is audited. Logins and refreshes are not: the sessions record them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum AuditAction {
            $($(#[$doc])* $name,)*
        }

        impl AuditAction {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Returns the code under which stores keep the action.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// Returns the action with this code, or `None` if this version does not know it.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|action| action.code() == code)
            }
        }
    };
}

audit_actions! {
    /// An operator banned the user.
    UserDisabled = "user_disabled",
    /// An operator lifted the ban.
    UserEnabled = "user_enabled",
    /// An operator changed the user's type.
    UserTypeChanged = "user_type_changed",
    /// The user requested the deletion of the account and can still cancel it.
    ErasureRequested = "erasure_requested",
    /// The account was erased.
    UserErased = "user_erased",
    /// A refresh token was reused after it had been replaced, so its session was ended.
    RefreshTokenReused = "refresh_token_reused",
    /// An operator removed the phone number because it belongs to another person now.
    PhoneReleased = "phone_released",
    /// An operator merged two accounts. The event is recorded for both of them.
    UsersMerged = "users_merged",
    /// The user withdrew an authorization of the app in WeChat.
    AuthorizationRevoked = "authorization_revoked",
    /// WeChat cleared the user's profile because it breaks WeChat's rules.
    ProfileCleared = "profile_cleared",
    /// The user's WeChat account was closed, or their data in one app was deleted.
    IdentityErased = "identity_erased",
    /// The account was imported from another system.
    UserImported = "user_imported",
    /// The user took a unionid that replaces an earlier one or that an operator accepted.
    UnionIdChanged = "union_id_changed",
    /// An operator created the API client.
    ClientCreated = "client_created",
    /// An operator gave the API client a new secret.
    ClientRotated = "client_rotated",
    /// An operator changed when the API client expires or where it may call from.
    ClientChanged = "client_changed",
    /// An operator removed the API client.
    ClientRemoved = "client_removed",
}

/// An operator, by the name that the command line was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator(String);

impl Operator {
    /// Maximum length, in bytes.
    pub const MAX_LEN: usize = 64;

    /// Accepts 1 to [`Self::MAX_LEN`] printable characters of ASCII without spaces.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let is_name = (1..=Self::MAX_LEN).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_name
            .then(|| Self(text.to_owned()))
            .ok_or(Malformed("an operator is 1 to 64 printable ASCII characters without spaces"))
    }
}

/// Who asked for a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// An API client.
    Client(ClientId),
    /// An operator on the command line.
    CommandLine(Operator),
}

/// What precedes an operator's name in stores. No client id has a colon.
const COMMAND_LINE: &str = "command_line:";

impl Actor {
    /// Maximum length of the code, in bytes.
    pub const MAX_LEN: usize = COMMAND_LINE.len() + Operator::MAX_LEN;

    /// Returns the kind of the actor.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Client(_) => "api_client",
            Self::CommandLine(_) => "command_line",
        }
    }

    /// Returns the client's id or the operator's name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Client(id) => id.as_str(),
            Self::CommandLine(operator) => &operator.0,
        }
    }

    /// Returns the text under which stores keep the actor.
    #[must_use]
    pub fn code(&self) -> String {
        match self {
            Self::Client(id) => id.as_str().to_owned(),
            Self::CommandLine(operator) => format!("{COMMAND_LINE}{}", operator.0),
        }
    }

    /// Returns the actor with this code.
    pub fn from_code(code: &str) -> Result<Self, Malformed> {
        match code.strip_prefix(COMMAND_LINE) {
            Some(name) => Operator::parse(name).map(Self::CommandLine),
            None => ClientId::parse(code).map(Self::Client),
        }
    }
}

/// Why an operator did something: a code of their own, such as `spam` or `ticket-4711`. It is not free
/// text, so that no personal data gets into the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

impl Reason {
    /// Returns the reason as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

word!(Reason, 64, "a reason");

/// One entry of the audit log: ids and codes only, no personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// The event's id; ids sort by time.
    pub id: Uuid,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub action: AuditAction,
    /// The user concerned; `None` if the event is about an API client.
    pub user_id: Option<UserId>,
    /// The API client concerned, if the event is about one.
    pub client_id: Option<ClientId>,
    /// The app concerned; `None` if the event is about the accounts of several apps.
    pub app_id: Option<AppId>,
    /// The session concerned, if the event is about one.
    pub session_id: Option<SessionId>,
    /// Who asked for it; `None` if the user or wxlogin itself did it.
    pub actor: Option<Actor>,
    /// The operator's reason, if one was given.
    pub reason: Option<Reason>,
}

impl AuditEvent {
    /// Creates an event about a user that happens now and was caused by the user or by wxlogin itself.
    #[must_use]
    pub fn new(
        action: AuditAction,
        user_id: UserId,
        now: Timestamp,
        randomness: &dyn Randomness,
    ) -> Self {
        Self { user_id: Some(user_id), ..Self::now(action, now, randomness) }
    }

    /// Creates an event about an API client that happens now.
    #[must_use]
    pub fn of_client(
        action: AuditAction,
        client_id: ClientId,
        actor: Option<Actor>,
        now: Timestamp,
        randomness: &dyn Randomness,
    ) -> Self {
        Self { client_id: Some(client_id), actor, ..Self::now(action, now, randomness) }
    }

    fn now(action: AuditAction, now: Timestamp, randomness: &dyn Randomness) -> Self {
        let id = super::ids::uuid_v7(now, randomness);
        Self {
            id,
            at: now,
            action,
            user_id: None,
            client_id: None,
            app_id: None,
            session_id: None,
            actor: None,
            reason: None,
        }
    }

    /// Adds the app that the event is about.
    #[must_use]
    pub fn in_app(mut self, app_id: Option<AppId>) -> Self {
        self.app_id = app_id;
        self
    }

    /// Adds the session that the event is about.
    #[must_use]
    pub fn of_session(mut self, id: SessionId) -> Self {
        self.session_id = Some(id);
        self
    }

    /// Adds the API client that asked for it and its reason.
    #[must_use]
    pub fn by(mut self, actor: ClientId, reason: Reason) -> Self {
        self.actor = Some(Actor::Client(actor));
        self.reason = Some(reason);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actors_are_read_as_they_are_stored() {
        let client = ClientId::parse("command_line").unwrap();
        let operator = Operator::parse("alice@example.com").unwrap();
        for actor in [Actor::Client(client), Actor::CommandLine(operator)] {
            assert_eq!(Actor::from_code(&actor.code()), Ok(actor));
        }
        for wrong in ["", "command_line:", "command_line:a b", "a:b"] {
            assert!(Actor::from_code(wrong).is_err(), "{wrong:?}");
        }
        let longest = Operator::parse(&"x".repeat(Operator::MAX_LEN)).unwrap();
        assert_eq!(Actor::CommandLine(longest).code().len(), Actor::MAX_LEN);
    }
}
