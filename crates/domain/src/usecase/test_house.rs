//! Every use case on a store in memory.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{
    ApiClient, App, AppId, Apps, AuditAction, AuditEvent, AvatarBaseUrl, ClientId,
    ClientSecretHash, RefreshToken, Scope, Secret, Session, SessionKey, SignUp, Timestamp, User,
    UserId,
};
use crate::ports::{AvatarStore, Clock, Merge, MergeOutcome, Stores, WechatGateway};
use crate::testing::contract::{Sample, SignedIn, app_id};
use crate::testing::{
    FakePictureConverter, FakeSealer, FakeSigner, ManualClock, MemoryStore, SequenceRandomness,
};
use crate::usecase::admin::users::{Administration, AdministrationParts};
use crate::usecase::operations::housekeeping::{Housekeeping, HousekeepingParts};
use crate::usecase::profile::account::{Account, AccountParts};
use crate::usecase::profile::avatars::{AvatarSweep, AvatarSweepParts, Avatars, AvatarsParts};
use crate::usecase::profile::phone_numbers::PhoneNumbers;
use crate::usecase::profile::phones::{Phones, PhonesParts};
use crate::usecase::tokens::access_tokens::{AccessTokens, TokenKind, TokenPolicy};
use crate::usecase::tokens::current_user::CurrentUser;
use crate::usecase::tokens::introspection::Introspection;
use crate::usecase::tokens::refresh::{Refresh, RefreshParts, SessionPolicy};
use crate::usecase::tokens::refresh_tokens::RefreshTokens;
use crate::usecase::tokens::revocations::Revocations;
use crate::usecase::tokens::sessions::{Sessions, SessionsParts};
use crate::usecase::tokens::signing_keys::{KeyPolicy, SigningKeys};
use crate::usecase::wechat::access_tokens::WechatAccessTokens;
use crate::usecase::wechat::session_keys::seal_session_key;

const PUBLIC_URL: &str = "https://login.example";

pub(super) const POLICY: SessionPolicy = SessionPolicy {
    lifetime: Duration::from_hours(24),
    idle: Duration::from_hours(1),
    max_per_user: 10,
};

/// A client with the scope `admin`, of these apps or of all.
pub(super) fn operator(apps: &[AppId]) -> ApiClient {
    ApiClient {
        id: ClientId::parse("console").unwrap(),
        secret: ClientSecretHash::of("secret"),
        scopes: BTreeSet::from([Scope::Admin]),
        apps: apps.iter().cloned().collect(),
        created_at: Timestamp::from_seconds(0),
    }
}

/// One instance.
pub(super) struct House {
    pub(super) stores: Stores,
    pub(super) clock: Arc<ManualClock>,
    pub(super) randomness: Arc<SequenceRandomness>,
    pub(super) access: Arc<AccessTokens>,
    pub(super) refresh_tokens: Arc<RefreshTokens>,
    pub(super) revocations: Arc<Revocations>,
    pub(super) current_user: Arc<CurrentUser>,
    pub(super) refresh: Refresh,
    pub(super) sessions: Arc<Sessions>,
    pub(super) introspection: Introspection,
    pub(super) administration: Administration,
    pub(super) housekeeping: Housekeeping,
}

impl House {
    pub(super) async fn new() -> Self {
        let clock = Arc::new(ManualClock::default());
        // Samples start within this second; tokens count whole ones.
        clock.advance(Duration::from_secs(1));
        Self::on(MemoryStore::stores(), clock, Arc::new(FakeSigner::default())).await
    }

    async fn on(stores: Stores, clock: Arc<ManualClock>, signer: Arc<FakeSigner>) -> Self {
        let randomness = Arc::new(SequenceRandomness::default());
        let sealer = Arc::new(FakeSealer);
        let policy = TokenPolicy {
            issuer: PUBLIC_URL.into(),
            audience: None,
            lifetime: Duration::from_mins(15),
            original_lifetime: Duration::from_hours(168),
        };
        let key_policy = KeyPolicy {
            jwks_max_age: Duration::from_mins(2),
            rotate_after: Duration::from_hours(24 * 90),
            longest_token: policy.longest(),
        };
        let keys = Arc::new(SigningKeys::new(
            stores.keys.clone(),
            sealer.clone(),
            signer.clone(),
            clock.clone(),
            key_policy,
        ));
        keys.make_ready().await.unwrap();
        let access =
            Arc::new(AccessTokens::new(policy, signer, keys, clock.clone(), randomness.clone()));
        let refresh_tokens = Arc::new(RefreshTokens::new(sealer));
        let revocations = Arc::new(Revocations::new(stores.sessions.clone(), clock.clone()));
        revocations.catch_up().await.unwrap();
        let current_user = Arc::new(CurrentUser::new(
            access.clone(),
            revocations.clone(),
            stores.accounts.clone(),
            stores.sessions.clone(),
            clock.clone(),
        ));
        let refresh = Refresh::new(RefreshParts {
            policy: POLICY,
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
            refresh: refresh_tokens.clone(),
            sessions: stores.sessions.clone(),
            revocations: revocations.clone(),
            clock: clock.clone(),
        }));
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
        let housekeeping = Housekeeping::new(HousekeepingParts {
            access: access.clone(),
            sessions: stores.sessions.clone(),
            accounts: stores.accounts.clone(),
            pushes: stores.pushes.clone(),
            deployment: stores.deployment.clone(),
            clock: clock.clone(),
            randomness: randomness.clone(),
        });
        Self {
            stores,
            clock,
            randomness,
            access,
            refresh_tokens,
            revocations,
            current_user,
            refresh,
            sessions,
            introspection,
            administration,
            housekeeping,
        }
    }

    /// People's own account, with this time to come back.
    pub(super) fn account(&self, erasure_grace: Duration) -> Account {
        Account::new(AccountParts {
            erasure_grace,
            avatar_base: Self::avatar_base(),
            current_user: self.current_user.clone(),
            access: self.access.clone(),
            accounts: self.stores.accounts.clone(),
            revocations: self.revocations.clone(),
            clock: self.clock.clone(),
            randomness: self.randomness.clone(),
        })
    }

    pub(super) fn avatar_base() -> AvatarBaseUrl {
        AvatarBaseUrl::of(PUBLIC_URL)
    }

    /// Pictures, kept there.
    pub(super) fn avatars(&self, store: Option<Arc<dyn AvatarStore>>) -> Avatars {
        Avatars::new(AvatarsParts {
            store,
            maker: Arc::new(FakePictureConverter),
            base: Self::avatar_base(),
            longest_upload: 1000,
            current_user: self.current_user.clone(),
            accounts: self.stores.accounts.clone(),
            clock: self.clock.clone(),
            randomness: self.randomness.clone(),
        })
    }

    /// An instance that removes what nobody has from there.
    pub(super) fn avatar_sweep(&self, store: Arc<dyn AvatarStore>) -> AvatarSweep {
        AvatarSweep::new(AvatarSweepParts {
            store,
            accounts: self.stores.accounts.clone(),
            deployment: self.stores.deployment.clone(),
            clock: self.clock.clone(),
            randomness: self.randomness.clone(),
        })
    }

    /// Phone numbers, which this WeChat knows.
    pub(super) fn phones(&self, wechat: Arc<dyn WechatGateway>) -> Phones {
        let tokens = Arc::new(self.wechat_tokens(wechat.clone()));
        Phones::new(PhonesParts {
            current_user: self.current_user.clone(),
            numbers: Arc::new(PhoneNumbers::new(wechat, tokens)),
            accounts: self.stores.accounts.clone(),
            sealer: Arc::new(FakeSealer),
            clock: self.clock.clone(),
        })
    }

    /// WeChat's access tokens of the app that samples sign in to.
    pub(super) fn wechat_tokens(&self, wechat: Arc<dyn WechatGateway>) -> WechatAccessTokens {
        let app = App {
            id: app_id(1),
            secret: Secret::new("secret"),
            second_secret: None,
            encrypted_phone: false,
            sign_up: SignUp::Open,
        };
        WechatAccessTokens::new(wechat, &Apps::new(vec![app]), self.clock.clone())
    }

    /// Somebody signs in now; user, session, access and refresh token.
    pub(super) async fn sign_in(&self, open_id: &str) -> (User, Session, String, RefreshToken) {
        let now = self.clock.now();
        let since = u64::try_from(now.since(Sample::START).as_millis()).unwrap();
        let lasts = |duration: Duration| since + u64::try_from(duration.as_millis()).unwrap();
        let login = Sample::of(open_id).at(since).until(lasts(POLICY.idle));
        let SignedIn { user, session, .. } = login.sign_in(&self.stores).await;
        let access = self.token(TokenKind::Access, &user, &session);
        let refresh = self.refresh_tokens.issue(&session);
        (user, session, access, refresh)
    }

    /// Somebody signs in with this session key of WeChat's; the access token.
    pub(super) async fn sign_in_with_key(&self, open_id: &str, key: &SessionKey) -> String {
        let (_, _, access, _) = self.sign_in(open_id).await;
        self.replace_key(open_id, key).await;
        access
    }

    /// A login that brings nothing but this session key; the one before it holds ten minutes more.
    pub(super) async fn replace_key(&self, open_id: &str, key: &SessionKey) {
        let since = self.clock.now().since(Sample::START).as_millis();
        let mut record = Sample::of(open_id).at(u64::try_from(since).unwrap() + 1).record();
        record.session_key = seal_session_key(&FakeSealer, &record.identity, key).unwrap();
        record.previous_key_until = self.clock.now().plus(Duration::from_mins(10));
        self.stores.accounts.record_login(record).await.unwrap();
    }

    /// Makes the second user part of the first.
    pub(super) async fn merge(&self, winner: UserId, loser: UserId) {
        let now = self.clock.now();
        let told =
            |user| AuditEvent::new(AuditAction::UsersMerged, user, now, self.randomness.as_ref());
        let merge = Merge {
            winner,
            loser,
            phone: None,
            tokens_until: self.access.all_expired_by(now),
            event: told(winner),
            loser_event: told(loser),
        };
        let merged = self.stores.accounts.merge(merge).await.unwrap();
        assert!(matches!(merged, MergeOutcome::Merged(_)), "{merged:?}");
    }

    pub(super) fn token(&self, kind: TokenKind, user: &User, session: &Session) -> String {
        self.access.issue(kind, user, session).unwrap().token.expose().to_owned()
    }
}
