use std::sync::Arc;
use std::time::Duration;

use wxlogin_api::Services;
use wxlogin_crypto::WechatCryptography;
use wxlogin_domain::model::Apps;
use wxlogin_domain::ports::{Clock, Randomness, RateLimiter, WechatGateway};
use wxlogin_domain::usecase::access_tokens::{AccessTokens, TokenPolicy};
use wxlogin_domain::usecase::account::{Account, AccountParts};
use wxlogin_domain::usecase::administration::{Administration, AdministrationParts};
use wxlogin_domain::usecase::api_clients::ApiClients;
use wxlogin_domain::usecase::current_user::CurrentUser;
use wxlogin_domain::usecase::housekeeping::{Housekeeping, HousekeepingParts};
use wxlogin_domain::usecase::introspection::Introspection;
use wxlogin_domain::usecase::log_in::{LogIn, LogInParts};
use wxlogin_domain::usecase::merging::{Merging, MergingParts};
use wxlogin_domain::usecase::open_data::OpenDataReader;
use wxlogin_domain::usecase::phone_numbers::PhoneNumbers;
use wxlogin_domain::usecase::phones::{Phones, PhonesParts};
use wxlogin_domain::usecase::pushes::{PushApp, Pushes, PushesParts};
use wxlogin_domain::usecase::refresh::{Refresh, RefreshParts, SessionPolicy};
use wxlogin_domain::usecase::refresh_tokens::RefreshTokens;
use wxlogin_domain::usecase::revocations::Revocations;
use wxlogin_domain::usecase::sessions::{Sessions, SessionsParts};
use wxlogin_domain::usecase::wechat_access_tokens::WechatAccessTokens;
use wxlogin_domain::usecase::wechat_session::{WechatSession, WechatSessionParts};
use wxlogin_push::PushFormats;

use crate::ground::Ground;

/// What the operator has decided.
pub(crate) struct Policies {
    pub(crate) apps: Apps,
    pub(crate) pushes: Vec<PushApp>,
    pub(crate) tokens: TokenPolicy,
    pub(crate) sessions: SessionPolicy,
    pub(crate) erasure_grace: Duration,
}

/// What the use cases ask beside the database.
pub(crate) struct Outside {
    pub(crate) wechat: Arc<dyn WechatGateway>,
    pub(crate) failures: Arc<dyn RateLimiter>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) randomness: Arc<dyn Randomness>,
}

/// Every use case, each with what it needs.
pub(crate) struct UseCases {
    pub(crate) services: Services,
    pub(crate) housekeeping: Housekeeping,
}

impl UseCases {
    pub(crate) fn wire(ground: &Ground, policies: Policies, outside: Outside) -> Self {
        let Ground { stores, sealer, signer, keys, .. } = ground;
        let Policies { apps, pushes, tokens, sessions: policy, erasure_grace } = policies;
        let Outside { wechat, failures, clock, randomness } = outside;
        let access = Arc::new(AccessTokens::new(
            tokens,
            signer.clone(),
            keys.clone(),
            clock.clone(),
            randomness.clone(),
        ));
        let refresh_tokens = Arc::new(RefreshTokens::new(sealer.clone()));
        let revocations = Arc::new(Revocations::new(stores.sessions.clone(), clock.clone()));
        let current_user = Arc::new(CurrentUser::new(
            access.clone(),
            revocations.clone(),
            stores.accounts.clone(),
            stores.sessions.clone(),
            clock.clone(),
        ));
        let wechat_tokens = Arc::new(WechatAccessTokens::new(wechat.clone(), &apps, clock.clone()));
        let phones = Arc::new(Phones::new(PhonesParts {
            current_user: current_user.clone(),
            numbers: Arc::new(PhoneNumbers::new(wechat.clone(), wechat_tokens.clone())),
            accounts: stores.accounts.clone(),
            sealer: sealer.clone(),
            clock: clock.clone(),
        }));
        let wechat_session = WechatSession::new(WechatSessionParts {
            current_user: current_user.clone(),
            reader: OpenDataReader::new(
                Arc::new(WechatCryptography),
                clock.clone(),
                OpenDataReader::MAX_AGE,
            ),
            accounts: stores.accounts.clone(),
            sealer: sealer.clone(),
            wechat: wechat.clone(),
            tokens: wechat_tokens.clone(),
            clock: clock.clone(),
        });
        let log_in = LogIn::new(LogInParts {
            apps,
            policy,
            tokens: access.clone(),
            refresh: refresh_tokens.clone(),
            phones: phones.clone(),
            wechat,
            accounts: stores.accounts.clone(),
            sessions: stores.sessions.clone(),
            sealer: sealer.clone(),
            failures,
            clock: clock.clone(),
            randomness: randomness.clone(),
        });
        let refresh = Refresh::new(RefreshParts {
            policy,
            access: access.clone(),
            refresh: refresh_tokens.clone(),
            sessions: stores.sessions.clone(),
            accounts: stores.accounts.clone(),
            revocations: revocations.clone(),
            clock: clock.clone(),
            randomness: randomness.clone(),
        });
        let sessions = Arc::new(Sessions::new(SessionsParts {
            current_user: current_user.clone(),
            access: access.clone(),
            refresh: refresh_tokens,
            sessions: stores.sessions.clone(),
            revocations: revocations.clone(),
            clock: clock.clone(),
        }));
        let account = Account::new(AccountParts {
            erasure_grace,
            current_user,
            access: access.clone(),
            accounts: stores.accounts.clone(),
            revocations: revocations.clone(),
            clock: clock.clone(),
            randomness: randomness.clone(),
        });
        let introspection = Introspection::new(
            access.clone(),
            revocations.clone(),
            stores.sessions.clone(),
            stores.accounts.clone(),
            sessions.clone(),
        );
        let administration = Administration::new(AdministrationParts {
            access: access.clone(),
            accounts: stores.accounts.clone(),
            sessions: stores.sessions.clone(),
            audit: stores.audit.clone(),
            revocations: revocations.clone(),
            clock: clock.clone(),
            randomness: randomness.clone(),
        });
        let merging = Merging::new(MergingParts {
            access: access.clone(),
            accounts: stores.accounts.clone(),
            sealer: sealer.clone(),
            revocations: revocations.clone(),
            clock: clock.clone(),
            randomness: randomness.clone(),
        });
        let pushes = wire_pushes(ground, pushes, &access, &revocations, &clock, &randomness);
        let clients = ApiClients::new(stores.clients.clone(), clock.clone(), randomness.clone());
        let housekeeping = Housekeeping::new(HousekeepingParts {
            access,
            sessions: stores.sessions.clone(),
            accounts: stores.accounts.clone(),
            pushes: stores.pushes.clone(),
            deployment: stores.deployment.clone(),
            clock,
            randomness,
        });
        let services = Services {
            log_in: Arc::new(log_in),
            refresh: Arc::new(refresh),
            sessions,
            account: Arc::new(account),
            phones,
            wechat_session: Arc::new(wechat_session),
            introspection: Arc::new(introspection),
            clients: Arc::new(clients),
            administration: Arc::new(administration),
            merging: Arc::new(merging),
            wechat_access_tokens: wechat_tokens,
            pushes: Arc::new(pushes),
            keys: keys.clone(),
            revocations,
            deployment: stores.deployment.clone(),
        };
        Self { services, housekeeping }
    }
}

fn wire_pushes(
    ground: &Ground,
    apps: Vec<PushApp>,
    access: &Arc<AccessTokens>,
    revocations: &Arc<Revocations>,
    clock: &Arc<dyn Clock>,
    randomness: &Arc<dyn Randomness>,
) -> Pushes {
    Pushes::new(PushesParts {
        apps,
        access: access.clone(),
        crypto: Arc::new(WechatCryptography),
        reader: Arc::new(PushFormats),
        pushes: ground.stores.pushes.clone(),
        accounts: ground.stores.accounts.clone(),
        revocations: revocations.clone(),
        sealer: ground.sealer.clone(),
        clock: clock.clone(),
        randomness: randomness.clone(),
    })
}
