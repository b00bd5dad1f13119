//! Puts the use cases together: which needs which is decided here, and by whom the ports are kept is
//! not.

use std::sync::Arc;
use std::time::Duration;

use crate::model::{Apps, AvatarBaseUrl};
use crate::ports::{
    AvatarStore, Clock, DeploymentStore, PictureConverter, PushReader, Randomness, RateLimiter,
    Sealer, Stores, TokenSigner, WechatCrypto, WechatGateway,
};
use crate::usecase::admin::api_clients::ApiClients;
use crate::usecase::admin::merge::{Merging, MergingParts};
use crate::usecase::admin::users::{Administration, AdministrationParts};
use crate::usecase::operations::housekeeping::{Housekeeping, HousekeepingParts};
use crate::usecase::profile::account::{Account, AccountParts};
use crate::usecase::profile::avatars::{AvatarSweep, AvatarSweepParts, Avatars, AvatarsParts};
use crate::usecase::profile::encrypted_phones::{EncryptedPhones, EncryptedPhonesParts};
use crate::usecase::profile::phone_numbers::PhoneNumbers;
use crate::usecase::profile::phones::{Phones, PhonesParts};
use crate::usecase::push::pushes::{PushApp, Pushes, PushesParts};
use crate::usecase::sign_in::log_in::{LogIn, LogInParts};
use crate::usecase::tokens::access_tokens::{AccessTokens, TokenPolicy};
use crate::usecase::tokens::current_user::CurrentUser;
use crate::usecase::tokens::introspection::Introspection;
use crate::usecase::tokens::refresh::{Refresh, RefreshParts, SessionPolicy};
use crate::usecase::tokens::refresh_tokens::RefreshTokens;
use crate::usecase::tokens::revocations::Revocations;
use crate::usecase::tokens::sessions::{Sessions, SessionsParts};
use crate::usecase::tokens::signing_keys::SigningKeys;
use crate::usecase::wechat::access_tokens::WechatAccessTokens;
use crate::usecase::wechat::open_data::OpenDataReader;
use crate::usecase::wechat::session::{WechatSession, WechatSessionParts};
use crate::usecase::wechat::session_key_reset::{SessionKeyReset, SessionKeyResetParts};

/// What the operator has decided.
pub struct Policies {
    /// The mini-programs.
    pub apps: Apps,
    /// Those whose pushes are taken.
    pub pushes: Vec<PushApp>,
    /// What access tokens say and how long they hold.
    pub tokens: TokenPolicy,
    /// How long sessions last.
    pub sessions: SessionPolicy,
    /// How long an account can still be kept after its owner has deleted it.
    pub erasure_grace: Duration,
    /// Longest picture that is taken, in bytes.
    pub longest_avatar: usize,
}

/// What the use cases stand on.
pub struct Ports {
    /// The database.
    pub stores: Stores,
    /// The keys that tokens are signed with.
    pub keys: Arc<SigningKeys>,
    /// Signs with them.
    pub signer: Arc<dyn TokenSigner>,
    /// Seals what is stored.
    pub sealer: Arc<dyn Sealer>,
    /// WeChat's cryptography.
    pub crypto: Arc<dyn WechatCrypto>,
    /// Reads WeChat's pushes.
    pub push_reader: Arc<dyn PushReader>,
    /// Keeps pictures, if any are to be kept.
    pub avatars: Option<Arc<dyn AvatarStore>>,
    /// Makes pictures of what is sent.
    pub pictures: Arc<dyn PictureConverter>,
    /// Asks WeChat.
    pub wechat: Arc<dyn WechatGateway>,
    /// Counts logins that fail.
    pub failures: Arc<dyn RateLimiter>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids and salts.
    pub randomness: Arc<dyn Randomness>,
}

/// Every use case, wired.
#[derive(Clone)]
pub struct UseCases {
    /// Signs people in.
    pub log_in: Arc<LogIn>,
    /// Keeps them signed in.
    pub refresh: Arc<Refresh>,
    /// Lists and ends sessions.
    pub sessions: Arc<Sessions>,
    /// Shows, changes and erases people's own accounts.
    pub account: Arc<Account>,
    /// Takes people's pictures and shows them.
    pub avatars: Arc<Avatars>,
    /// Binds phone numbers and shows them.
    pub phones: Arc<Phones>,
    /// Binds phone numbers that come without a code.
    pub encrypted_phones: Arc<EncryptedPhones>,
    /// Reads and checks what WeChat made for a person.
    pub wechat_session: Arc<WechatSession>,
    /// Checks tokens for back ends.
    pub introspection: Arc<Introspection>,
    /// Recognises back ends.
    pub clients: Arc<ApiClients>,
    /// Does what operators want with users.
    pub administration: Arc<Administration>,
    /// Has WeChat replace session keys.
    pub session_key_reset: Arc<SessionKeyReset>,
    /// Makes two users one.
    pub merging: Arc<Merging>,
    /// Keeps WeChat's access tokens.
    pub wechat_access_tokens: Arc<WechatAccessTokens>,
    /// Takes what WeChat pushes.
    pub pushes: Arc<Pushes>,
    /// Publishes the keys of tokens.
    pub keys: Arc<SigningKeys>,
    /// Says whether it is known what was revoked.
    pub revocations: Arc<Revocations>,
    /// Says whether the database answers.
    pub deployment: Arc<dyn DeploymentStore>,
    /// Removes what is over.
    pub housekeeping: Arc<Housekeeping>,
    /// Removes pictures that no user has, if any are kept.
    pub avatar_sweep: Option<Arc<AvatarSweep>>,
}

impl UseCases {
    /// Wires them.
    #[must_use]
    pub fn wire(ports: Ports, policies: Policies) -> Self {
        let Policies { apps, pushes, tokens, sessions: policy, erasure_grace, longest_avatar } =
            policies;
        let shared = Shared::new(ports, &apps, tokens);
        let sessions = Arc::new(shared.sessions());
        let phones = Arc::new(shared.phones());
        let wechat_session = Arc::new(shared.wechat_session());
        Self {
            encrypted_phones: Arc::new(shared.encrypted_phones(
                &apps,
                wechat_session.clone(),
                phones.clone(),
            )),
            session_key_reset: Arc::new(shared.session_key_reset()),
            log_in: Arc::new(shared.log_in(apps, policy, phones.clone())),
            refresh: Arc::new(shared.refresh(policy)),
            account: Arc::new(shared.account(erasure_grace)),
            avatars: Arc::new(shared.avatars(longest_avatar)),
            avatar_sweep: shared.avatar_sweep().map(Arc::new),
            wechat_session,
            introspection: Arc::new(shared.introspection(sessions.clone())),
            clients: Arc::new(shared.clients()),
            administration: Arc::new(shared.administration()),
            merging: Arc::new(shared.merging()),
            pushes: Arc::new(shared.pushes(pushes)),
            housekeeping: Arc::new(shared.housekeeping()),
            phones,
            sessions,
            wechat_access_tokens: shared.wechat_tokens,
            keys: shared.ports.keys,
            revocations: shared.revocations,
            deployment: shared.ports.stores.deployment,
        }
    }
}

/// What several use cases work with.
struct Shared {
    ports: Ports,
    access: Arc<AccessTokens>,
    refresh_tokens: Arc<RefreshTokens>,
    revocations: Arc<Revocations>,
    current_user: Arc<CurrentUser>,
    wechat_tokens: Arc<WechatAccessTokens>,
    avatar_base: AvatarBaseUrl,
}

impl Shared {
    fn new(ports: Ports, apps: &Apps, tokens: TokenPolicy) -> Self {
        let Ports { stores, keys, signer, sealer, wechat, clock, randomness, .. } = &ports;
        let avatar_base = AvatarBaseUrl::of(&tokens.issuer);
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
        let wechat_tokens = Arc::new(WechatAccessTokens::new(wechat.clone(), apps, clock.clone()));
        Self {
            ports,
            access,
            refresh_tokens,
            revocations,
            current_user,
            wechat_tokens,
            avatar_base,
        }
    }

    fn log_in(&self, apps: Apps, policy: SessionPolicy, phones: Arc<Phones>) -> LogIn {
        let Ports { stores, sealer, wechat, failures, clock, randomness, .. } = &self.ports;
        LogIn::new(LogInParts {
            apps,
            policy,
            avatar_base: self.avatar_base.clone(),
            tokens: self.access.clone(),
            refresh: self.refresh_tokens.clone(),
            phones,
            wechat: wechat.clone(),
            accounts: stores.accounts.clone(),
            sessions: stores.sessions.clone(),
            sealer: sealer.clone(),
            failures: failures.clone(),
            clock: clock.clone(),
            randomness: randomness.clone(),
        })
    }

    fn phones(&self) -> Phones {
        let Ports { stores, sealer, wechat, clock, .. } = &self.ports;
        Phones::new(PhonesParts {
            current_user: self.current_user.clone(),
            numbers: Arc::new(PhoneNumbers::new(wechat.clone(), self.wechat_tokens.clone())),
            accounts: stores.accounts.clone(),
            sealer: sealer.clone(),
            clock: clock.clone(),
        })
    }

    fn refresh(&self, policy: SessionPolicy) -> Refresh {
        let stores = &self.ports.stores;
        Refresh::new(RefreshParts {
            policy,
            access: self.access.clone(),
            refresh: self.refresh_tokens.clone(),
            sessions: stores.sessions.clone(),
            accounts: stores.accounts.clone(),
            revocations: self.revocations.clone(),
            clock: self.ports.clock.clone(),
            randomness: self.ports.randomness.clone(),
        })
    }

    fn sessions(&self) -> Sessions {
        Sessions::new(SessionsParts {
            current_user: self.current_user.clone(),
            access: self.access.clone(),
            refresh: self.refresh_tokens.clone(),
            sessions: self.ports.stores.sessions.clone(),
            revocations: self.revocations.clone(),
            clock: self.ports.clock.clone(),
        })
    }

    fn account(&self, erasure_grace: Duration) -> Account {
        Account::new(AccountParts {
            erasure_grace,
            avatar_base: self.avatar_base.clone(),
            current_user: self.current_user.clone(),
            access: self.access.clone(),
            accounts: self.ports.stores.accounts.clone(),
            revocations: self.revocations.clone(),
            clock: self.ports.clock.clone(),
            randomness: self.ports.randomness.clone(),
        })
    }

    fn avatars(&self, longest_upload: usize) -> Avatars {
        Avatars::new(AvatarsParts {
            store: self.ports.avatars.clone(),
            maker: self.ports.pictures.clone(),
            base: self.avatar_base.clone(),
            longest_upload,
            current_user: self.current_user.clone(),
            accounts: self.ports.stores.accounts.clone(),
            clock: self.ports.clock.clone(),
            randomness: self.ports.randomness.clone(),
        })
    }

    fn avatar_sweep(&self) -> Option<AvatarSweep> {
        let stores = &self.ports.stores;
        Some(AvatarSweep::new(AvatarSweepParts {
            store: self.ports.avatars.clone()?,
            accounts: stores.accounts.clone(),
            deployment: stores.deployment.clone(),
            clock: self.ports.clock.clone(),
            randomness: self.ports.randomness.clone(),
        }))
    }

    fn wechat_session(&self) -> WechatSession {
        WechatSession::new(WechatSessionParts {
            current_user: self.current_user.clone(),
            reader: OpenDataReader::new(
                self.ports.crypto.clone(),
                self.ports.clock.clone(),
                OpenDataReader::MAX_AGE,
            ),
            accounts: self.ports.stores.accounts.clone(),
            sealer: self.ports.sealer.clone(),
            wechat: self.ports.wechat.clone(),
            tokens: self.wechat_tokens.clone(),
            clock: self.ports.clock.clone(),
        })
    }

    fn encrypted_phones(
        &self,
        apps: &Apps,
        wechat_session: Arc<WechatSession>,
        phones: Arc<Phones>,
    ) -> EncryptedPhones {
        let taken = apps.iter().filter(|app| app.encrypted_phone);
        EncryptedPhones::new(EncryptedPhonesParts {
            apps: taken.map(|app| app.id.clone()).collect(),
            wechat_session,
            phones,
            crypto: self.ports.crypto.clone(),
            wechat: self.ports.wechat.clone(),
            tokens: self.wechat_tokens.clone(),
        })
    }

    fn session_key_reset(&self) -> SessionKeyReset {
        SessionKeyReset::new(SessionKeyResetParts {
            accounts: self.ports.stores.accounts.clone(),
            sealer: self.ports.sealer.clone(),
            wechat: self.ports.wechat.clone(),
            tokens: self.wechat_tokens.clone(),
            clock: self.ports.clock.clone(),
        })
    }

    fn introspection(&self, sessions: Arc<Sessions>) -> Introspection {
        let stores = &self.ports.stores;
        Introspection::new(
            self.access.clone(),
            self.revocations.clone(),
            stores.sessions.clone(),
            stores.accounts.clone(),
            sessions,
        )
    }

    fn clients(&self) -> ApiClients {
        let clients = self.ports.stores.clients.clone();
        ApiClients::new(clients, self.ports.clock.clone(), self.ports.randomness.clone())
    }

    fn administration(&self) -> Administration {
        let stores = &self.ports.stores;
        Administration::new(AdministrationParts {
            access: self.access.clone(),
            accounts: stores.accounts.clone(),
            sessions: stores.sessions.clone(),
            audit: stores.audit.clone(),
            revocations: self.revocations.clone(),
            clock: self.ports.clock.clone(),
            randomness: self.ports.randomness.clone(),
        })
    }

    fn merging(&self) -> Merging {
        Merging::new(MergingParts {
            access: self.access.clone(),
            accounts: self.ports.stores.accounts.clone(),
            sealer: self.ports.sealer.clone(),
            revocations: self.revocations.clone(),
            clock: self.ports.clock.clone(),
            randomness: self.ports.randomness.clone(),
        })
    }

    fn pushes(&self, apps: Vec<PushApp>) -> Pushes {
        let stores = &self.ports.stores;
        Pushes::new(PushesParts {
            apps,
            access: self.access.clone(),
            crypto: self.ports.crypto.clone(),
            reader: self.ports.push_reader.clone(),
            pushes: stores.pushes.clone(),
            accounts: stores.accounts.clone(),
            revocations: self.revocations.clone(),
            sealer: self.ports.sealer.clone(),
            clock: self.ports.clock.clone(),
            randomness: self.ports.randomness.clone(),
        })
    }

    fn housekeeping(&self) -> Housekeeping {
        let stores = &self.ports.stores;
        Housekeeping::new(HousekeepingParts {
            access: self.access.clone(),
            sessions: stores.sessions.clone(),
            accounts: stores.accounts.clone(),
            pushes: stores.pushes.clone(),
            deployment: stores.deployment.clone(),
            clock: self.ports.clock.clone(),
            randomness: self.ports.randomness.clone(),
        })
    }
}
