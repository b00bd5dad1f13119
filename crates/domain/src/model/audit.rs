use uuid::Uuid;

use super::{ClientId, Malformed, SessionId, Timestamp, UserId};
use crate::ports::Randomness;

macro_rules! audit_actions {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// What was done to a user. Ordinary logins and refreshes are the sessions' own history and
        /// not audited.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum AuditAction {
            $($(#[$doc])* $name,)*
        }

        impl AuditAction {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable word stores keep.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The action a stored word means; `None` for one this version does not know.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|action| action.code() == code)
            }
        }
    };
}

audit_actions! {
    /// An operator shut the user out.
    UserDisabled = "user_disabled",
    /// An operator let the user back in.
    UserEnabled = "user_enabled",
    /// An operator classified the user anew.
    UserTypeChanged = "user_type_changed",
    /// The person asked for the account to be erased, and may still come back.
    ErasureRequested = "erasure_requested",
    /// The account was erased.
    UserErased = "user_erased",
    /// A refresh token was used that had been replaced before, so its session was ended.
    RefreshTokenReused = "refresh_token_reused",
    /// An operator took the phone number from the user, because it belongs to somebody else now.
    PhoneReleased = "phone_released",
    /// An operator made two accounts one. It is told of both: of the one that goes on, and of the one
    /// that is the other from then on.
    UsersMerged = "users_merged",
    /// The person took back in WeChat what the app was allowed to know.
    AuthorizationRevoked = "authorization_revoked",
    /// WeChat found the person's profile improper and cleared it.
    ProfileCleared = "profile_cleared",
    /// The person's WeChat account, or their part of it in an app, is gone.
    IdentityErased = "identity_erased",
    /// The account was taken over from another system.
    UserImported = "user_imported",
}

/// Why an operator did something: a code of the operator's own, like `spam` or `ticket-4711`. Not a
/// sentence, because sentences get personal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

impl Reason {
    /// Longest reason, in bytes.
    pub const MAX_LEN: usize = 64;

    /// Checks a reason.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        if super::is_wechat_word(text, Self::MAX_LEN) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed("a reason is a code of 1 to 64 letters, digits, `_` or `-`"))
        }
    }

    /// The reason as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One line of the audit log: ids and codes only, no personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// Its id; sorts by time.
    pub id: Uuid,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub action: AuditAction,
    /// To whom.
    pub user_id: UserId,
    /// To which of the user's sessions, where it is about one.
    pub session_id: Option<SessionId>,
    /// Which API client asked for it; none when the person or wxlogin itself did it.
    pub actor: Option<ClientId>,
    /// Why, where an operator gave a reason.
    pub reason: Option<Reason>,
}

impl AuditEvent {
    /// An event that happens now, by the person or wxlogin itself.
    #[must_use]
    pub fn new(
        action: AuditAction,
        user_id: UserId,
        now: Timestamp,
        randomness: &dyn Randomness,
    ) -> Self {
        let id = super::ids::uuid_v7(now, randomness);
        Self { id, at: now, action, user_id, session_id: None, actor: None, reason: None }
    }

    /// About this session.
    #[must_use]
    pub fn of_session(mut self, id: SessionId) -> Self {
        self.session_id = Some(id);
        self
    }

    /// Done by this API client, for this reason.
    #[must_use]
    pub fn by(mut self, actor: ClientId, reason: Reason) -> Self {
        self.actor = Some(actor);
        self.reason = Some(reason);
        self
    }
}
