use uuid::Uuid;

use super::word::word;
use super::{AppId, ClientId, SessionId, Timestamp, UserId};
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
    /// The user concerned.
    pub user_id: UserId,
    /// The app concerned; `None` if the event is about the accounts of several apps.
    pub app_id: Option<AppId>,
    /// The session concerned, if the event is about one.
    pub session_id: Option<SessionId>,
    /// The API client that asked for it; `None` if the user or wxlogin itself did it.
    pub actor: Option<ClientId>,
    /// The operator's reason, if one was given.
    pub reason: Option<Reason>,
}

impl AuditEvent {
    /// Creates an event that happens now and was caused by the user or by wxlogin itself.
    #[must_use]
    pub fn new(
        action: AuditAction,
        user_id: UserId,
        now: Timestamp,
        randomness: &dyn Randomness,
    ) -> Self {
        let id = super::ids::uuid_v7(now, randomness);
        Self {
            id,
            at: now,
            action,
            user_id,
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
        self.actor = Some(actor);
        self.reason = Some(reason);
        self
    }
}
