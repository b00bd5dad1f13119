use std::sync::Arc;
use std::time::Duration;

use wxlogin_domain::model::Apps;
use wxlogin_domain::ports::{Stores, WechatGateway};
use wxlogin_domain::testing::{FakeSealer, FakeSigner, ManualClock, NoLimit, SequenceRandomness};
use wxlogin_domain::usecase::access_tokens::{AccessTokens, TokenPolicy};
use wxlogin_domain::usecase::account::{Account, AccountParts};
use wxlogin_domain::usecase::administration::{Administration, AdministrationParts};
use wxlogin_domain::usecase::api_clients::ApiClients;
use wxlogin_domain::usecase::current_user::CurrentUser;
use wxlogin_domain::usecase::introspection::Introspection;
use wxlogin_domain::usecase::log_in::{LogIn, LogInParts};
use wxlogin_domain::usecase::refresh::{Refresh, RefreshParts, SessionPolicy};
use wxlogin_domain::usecase::refresh_tokens::RefreshTokens;
use wxlogin_domain::usecase::revocations::Revocations;
use wxlogin_domain::usecase::sessions::{Sessions, SessionsParts};
use wxlogin_domain::usecase::signing_keys::{KeyPolicy, SigningKeys};

use crate::Services;

/// What several use cases work with.
pub(super) struct Tools {
    clock: Arc<ManualClock>,
    randomness: Arc<SequenceRandomness>,
    keys: Arc<SigningKeys>,
    access: Arc<AccessTokens>,
    refresh_tokens: Arc<RefreshTokens>,
    revocations: Arc<Revocations>,
    current_user: Arc<CurrentUser>,
}

const POLICY: SessionPolicy = SessionPolicy {
    lifetime: Duration::from_hours(24),
    idle: Duration::from_hours(1),
    max_per_user: 10,
};

impl Tools {
    pub(super) fn new(
        stores: &Stores,
        clock: Arc<ManualClock>,
        signer: Arc<FakeSigner>,
        issuer: &str,
    ) -> Self {
        let randomness = Arc::new(SequenceRandomness::default());
        let policy = TokenPolicy {
            issuer: issuer.into(),
            audience: None,
            lifetime: Duration::from_mins(15),
            original_lifetime: Duration::from_hours(168),
        };
        let key_policy = KeyPolicy {
            jwks_max_age: Duration::from_mins(2),
            rotate_after: Duration::from_hours(24 * 90),
            longest_token: policy.longest(),
        };
        let sealer = Arc::new(FakeSealer);
        let keys = Arc::new(SigningKeys::new(
            stores.keys.clone(),
            sealer.clone(),
            signer.clone(),
            clock.clone(),
            key_policy,
        ));
        let access = Arc::new(AccessTokens::new(
            policy,
            signer,
            keys.clone(),
            clock.clone(),
            randomness.clone(),
        ));
        let revocations = Arc::new(Revocations::new(stores.sessions.clone(), clock.clone()));
        let current_user = Arc::new(CurrentUser::new(
            access.clone(),
            revocations.clone(),
            stores.accounts.clone(),
            stores.sessions.clone(),
            clock.clone(),
        ));
        let refresh_tokens = Arc::new(RefreshTokens::new(sealer));
        Self { clock, randomness, keys, access, refresh_tokens, revocations, current_user }
    }

    pub(super) fn services(
        self,
        stores: &Stores,
        apps: Apps,
        wechat: Arc<dyn WechatGateway>,
        erasure_grace: Duration,
    ) -> Services {
        let Self { clock, randomness, keys, access, refresh_tokens, revocations, current_user } =
            self;
        let sessions = Arc::new(Sessions::new(SessionsParts {
            current_user: current_user.clone(),
            access: access.clone(),
            refresh: refresh_tokens.clone(),
            sessions: stores.sessions.clone(),
            revocations: revocations.clone(),
            clock: clock.clone(),
        }));
        Services {
            log_in: Arc::new(LogIn::new(LogInParts {
                apps,
                policy: POLICY,
                tokens: access.clone(),
                refresh: refresh_tokens.clone(),
                wechat,
                accounts: stores.accounts.clone(),
                sessions: stores.sessions.clone(),
                sealer: Arc::new(FakeSealer),
                failures: Arc::new(NoLimit),
                clock: clock.clone(),
                randomness: randomness.clone(),
            })),
            refresh: Arc::new(Refresh::new(RefreshParts {
                policy: POLICY,
                access: access.clone(),
                refresh: refresh_tokens,
                sessions: stores.sessions.clone(),
                accounts: stores.accounts.clone(),
                revocations: revocations.clone(),
                clock: clock.clone(),
                randomness: randomness.clone(),
            })),
            account: Arc::new(Account::new(AccountParts {
                erasure_grace,
                current_user,
                access: access.clone(),
                accounts: stores.accounts.clone(),
                revocations: revocations.clone(),
                clock: clock.clone(),
                randomness: randomness.clone(),
            })),
            introspection: Arc::new(Introspection::new(
                access.clone(),
                revocations.clone(),
                stores.sessions.clone(),
                stores.accounts.clone(),
                sessions.clone(),
            )),
            clients: Arc::new(ApiClients::new(
                stores.clients.clone(),
                clock.clone(),
                randomness.clone(),
            )),
            administration: Arc::new(Administration::new(AdministrationParts {
                access,
                accounts: stores.accounts.clone(),
                sessions: stores.sessions.clone(),
                audit: stores.audit.clone(),
                revocations: revocations.clone(),
                clock,
                randomness,
            })),
            sessions,
            keys,
            revocations,
            deployment: stores.deployment.clone(),
        }
    }
}
