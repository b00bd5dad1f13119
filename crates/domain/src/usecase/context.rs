//! The ports and policies of one instance, and the services that several use cases share.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::account::TokensUntil;
use crate::model::{
    Apps, AuditAction, AuditEvent, AvatarBaseUrl, Session, Timestamp, UserId, uuid_v7,
};
use crate::ports::{
    AccountStore, AvatarStore, CallLimiter, Caller, Clock, ConflictStore, LimitedCall,
    PictureConverter, PushReader, Randomness, RateLimiter, RetryAfter, Sealer, SessionKeyStore,
    SessionStore, Stores, TokenSigner, WechatCrypto, WechatGateway,
};
use crate::usecase::operations::readiness::Readiness;
use crate::usecase::push::app::PushApp;
use crate::usecase::tokens::access_tokens::{AccessTokens, TokenPolicy};
use crate::usecase::tokens::current_user::CurrentUser;
use crate::usecase::tokens::refresh_tokens::{RefreshTokens, SessionPolicy};
use crate::usecase::tokens::revocations::Revocations;
use crate::usecase::tokens::signing_keys::{KeyPolicy, SigningKeys};
use crate::usecase::wechat::access_tokens::WechatAccessTokens;
use crate::usecase::wechat::logged_gateway::LoggedGateway;

/// The operator's settings.
#[derive(Clone)]
pub struct Policies {
    /// The configured mini-programs.
    pub apps: Apps,
    /// The mini-programs whose push messages are accepted.
    pub pushes: Vec<PushApp>,
    /// Content and lifetime of access tokens.
    pub tokens: TokenPolicy,
    /// Publication and rotation of signing keys.
    pub keys: KeyPolicy,
    /// Lifetime and number of sessions.
    pub sessions: SessionPolicy,
    /// How long users can restore an account they have erased; zero for not at all.
    pub erasure_grace: Duration,
    /// Largest avatar upload, in bytes.
    pub longest_avatar: usize,
}

/// One implementation of each port.
#[derive(Clone)]
pub struct Ports {
    /// The database.
    pub stores: Stores,
    /// Signs and verifies access tokens.
    pub signer: Arc<dyn TokenSigner>,
    /// Encrypts stored secrets.
    pub sealer: Arc<dyn Sealer>,
    /// WeChat's cryptography.
    pub crypto: Arc<dyn WechatCrypto>,
    /// Parses WeChat's push messages.
    pub push_reader: Arc<dyn PushReader>,
    /// Stores avatars; `None` disables uploads.
    pub avatars: Option<Arc<dyn AvatarStore>>,
    /// Turns uploads into avatars.
    pub pictures: Arc<dyn PictureConverter>,
    /// WeChat's server API.
    pub wechat: Arc<dyn WechatGateway>,
    /// Limits failed logins per client address.
    pub failures: Arc<dyn RateLimiter>,
    /// Limits look-ups of credentials that turn out to be unknown, per client address.
    pub credential_failures: Arc<dyn RateLimiter>,
    /// Limits costly calls per user and app.
    pub calls: Arc<dyn CallLimiter>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Random bytes for ids, salts and secrets.
    pub randomness: Arc<dyn Randomness>,
}

/// What every use case is built from.
pub(crate) struct Context {
    pub(super) ports: Ports,
    pub(super) policies: Policies,
    pub(super) avatar_base: AvatarBaseUrl,
    pub(super) signing_keys: Arc<SigningKeys>,
    pub(super) access_tokens: Arc<AccessTokens>,
    pub(super) refresh_tokens: RefreshTokens,
    pub(super) revocations: Arc<Revocations>,
    pub(super) readiness: Arc<Readiness>,
    pub(super) current_user: CurrentUser,
    pub(super) wechat_access_tokens: Arc<WechatAccessTokens>,
}

impl Context {
    pub(super) fn new(mut ports: Ports, policies: Policies) -> Self {
        ports.wechat = Arc::new(LoggedGateway::new(ports.wechat));
        let Ports { stores, signer, sealer, wechat, clock, randomness, .. } = &ports;
        let signing_keys = Arc::new(SigningKeys::new(
            stores.keys.clone(),
            sealer.clone(),
            signer.clone(),
            clock.clone(),
            policies.keys,
        ));
        let access_tokens = Arc::new(AccessTokens::new(
            policies.tokens.clone(),
            signer.clone(),
            signing_keys.clone(),
            clock.clone(),
            randomness.clone(),
        ));
        let revocations = Arc::new(Revocations::new(stores.sessions.clone(), clock.clone()));
        Self {
            avatar_base: AvatarBaseUrl::of(&policies.tokens.issuer),
            signing_keys,
            refresh_tokens: RefreshTokens::new(sealer.clone()),
            current_user: CurrentUser::new(
                access_tokens.clone(),
                revocations.clone(),
                stores.accounts.clone(),
                stores.sessions.clone(),
                clock.clone(),
            ),
            access_tokens,
            readiness: Arc::new(Readiness::new(stores.deployment.clone(), revocations.clone())),
            revocations,
            wechat_access_tokens: Arc::new(WechatAccessTokens::new(
                wechat.clone(),
                &policies.apps,
                clock.clone(),
            )),
            ports,
            policies,
        }
    }

    pub(super) fn accounts(&self) -> &dyn AccountStore {
        self.ports.stores.accounts.as_ref()
    }

    pub(super) fn session_keys(&self) -> &dyn SessionKeyStore {
        self.ports.stores.session_keys.as_ref()
    }

    pub(super) fn conflicts(&self) -> &dyn ConflictStore {
        self.ports.stores.conflicts.as_ref()
    }

    pub(super) fn sessions(&self) -> &dyn SessionStore {
        self.ports.stores.sessions.as_ref()
    }

    pub(super) fn sealer(&self) -> &dyn Sealer {
        self.ports.sealer.as_ref()
    }

    pub(super) fn wechat(&self) -> &dyn WechatGateway {
        self.ports.wechat.as_ref()
    }

    pub(super) fn randomness(&self) -> &dyn Randomness {
        self.ports.randomness.as_ref()
    }

    /// Takes a permit for a call of the session's user in the session's app.
    pub(super) fn limit(&self, call: LimitedCall, session: &Session) -> Result<(), RetryAfter> {
        self.ports.calls.take(call, Caller::User(session.user_id, session.app_id.clone()))
    }

    pub(super) fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// A new random id, for example of this instance.
    pub(super) fn uuid(&self) -> Uuid {
        uuid_v7(self.now(), self.randomness())
    }

    /// An event of now for the audit log.
    pub(super) fn audit_event(&self, action: AuditAction, user_id: UserId) -> AuditEvent {
        AuditEvent::new(action, user_id, self.now(), self.randomness())
    }

    /// When the access tokens issued until now have expired, on the clock of any instance.
    pub(super) fn tokens_until(&self) -> TokensUntil {
        self.access_tokens.all_expired_by(self.now())
    }
}
