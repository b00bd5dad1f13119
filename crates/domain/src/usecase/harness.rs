//! Every use case on fakes that keep everything in memory.

use std::net::{IpAddr, Ipv4Addr};
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{
    ApiClient, AppId, AuditAction, ClientAddress, ClientId, ClientSecretHash, RefreshToken, Scope,
    Session, SessionKey, Timestamp, User, UserId, VisibleApps,
};
use crate::ports::{Clock, FetchedAccessToken, Merge, MergeOutcome, MockWechatGateway, Stores};
use crate::testing::contract::{Sample, SignedIn, app_id};
use crate::testing::{FakeSealer, FakeSigner, ManualClock, MemoryStore, fake_policies, fake_ports};
use crate::usecase::context::{Context, Policies, Ports};
use crate::usecase::tokens::access_tokens::TokenKind;
use crate::usecase::tokens::refresh_tokens::SessionPolicy;
use crate::usecase::use_cases::UseCases;
use crate::usecase::wechat::session_key_sealing::seal_session_key;

/// A client with the scope `admin`, of these apps or of all.
pub(super) fn operator(apps: &[AppId]) -> ApiClient {
    let (id, secret) = (ClientId::parse("console").unwrap(), ClientSecretHash::of("secret"));
    let client = ApiClient::new(id, secret, [Scope::Admin].into(), Timestamp::from_seconds(0));
    ApiClient { apps: apps.iter().cloned().collect(), ..client }
}

/// The address that calls come from.
pub(super) fn address() -> ClientAddress {
    IpAddr::V4(Ipv4Addr::LOCALHOST).into()
}

/// A WeChat that has an access token and expects no other call.
pub(super) fn wechat_with_token() -> MockWechatGateway {
    let mut wechat = MockWechatGateway::new();
    wechat.expect_access_token().returning(|_, _| {
        let token = crate::model::WechatAccessToken::parse("token").unwrap();
        Ok(FetchedAccessToken { token, expires_in: Duration::from_hours(2) })
    });
    wechat
}

/// One instance.
pub(super) struct Harness {
    ports: Ports,
    policies: Policies,
    pub(super) stores: Stores,
    pub(super) clock: Arc<ManualClock>,
    pub(super) context: Arc<Context>,
    use_cases: UseCases,
}

impl Deref for Harness {
    type Target = UseCases;

    fn deref(&self) -> &UseCases {
        &self.use_cases
    }
}

impl Harness {
    pub(super) async fn new() -> Self {
        Self::with(|_, _| {}).await
    }

    /// An instance on a database of its own, with these changes.
    pub(super) async fn with(change: impl FnOnce(&mut Ports, &mut Policies)) -> Self {
        let clock = Arc::new(ManualClock::default());
        // Samples start within this second; tokens count whole ones.
        clock.advance(Duration::from_secs(1));
        let signer = Arc::new(FakeSigner::default());
        let ports = fake_ports(MemoryStore::stores(), clock.clone(), signer);
        let policies = fake_policies(vec![app_id(1)], "https://login.example");
        Self::of(ports, policies, clock, change).await
    }

    /// Another instance on the same database, with these changes.
    pub(super) async fn another(&self, change: impl FnOnce(&mut Ports, &mut Policies)) -> Self {
        Self::of(self.ports.clone(), self.policies.clone(), self.clock.clone(), change).await
    }

    async fn of(
        mut ports: Ports,
        mut policies: Policies,
        clock: Arc<ManualClock>,
        change: impl FnOnce(&mut Ports, &mut Policies),
    ) -> Self {
        change(&mut ports, &mut policies);
        let context = Arc::new(Context::new(ports.clone(), policies.clone()));
        let use_cases = UseCases::of(&context);
        use_cases.keys.make_ready().await.unwrap();
        use_cases.revocations.catch_up().await.unwrap();
        Self { stores: ports.stores.clone(), ports, policies, clock, context, use_cases }
    }

    /// Another instance on the same database, which has not read the revocations yet.
    pub(super) async fn starting(&self) -> UseCases {
        let context = Arc::new(Context::new(self.ports.clone(), self.policies.clone()));
        let use_cases = UseCases::of(&context);
        use_cases.keys.make_ready().await.unwrap();
        use_cases
    }

    pub(super) fn policy(&self) -> SessionPolicy {
        self.policies.sessions
    }

    /// Signs somebody in now; the user, session, access and refresh token.
    pub(super) async fn sign_in(&self, open_id: &str) -> (User, Session, String, RefreshToken) {
        let now = self.clock.now();
        let since = u64::try_from(now.since(Sample::START).as_millis()).unwrap();
        let until = since + u64::try_from(self.policy().idle.as_millis()).unwrap();
        let login = Sample::of(open_id).at(since).until(until);
        let SignedIn { user, session, .. } = login.sign_in(&self.stores).await;
        let access = self.token(TokenKind::Access, &user, &session);
        let refresh = self.context.refresh_tokens.token(&session);
        (user, session, access, refresh)
    }

    /// Signs somebody in with this session key of WeChat's; the access token.
    pub(super) async fn sign_in_with_key(&self, open_id: &str, key: &SessionKey) -> String {
        let (_, _, access, _) = self.sign_in(open_id).await;
        self.replace_key(open_id, key).await;
        access
    }

    /// A login that changes only the session key; the key before it is valid for ten more minutes.
    pub(super) async fn replace_key(&self, open_id: &str, key: &SessionKey) {
        let since = self.clock.now().since(Sample::START).as_millis();
        let mut record = Sample::of(open_id).at(u64::try_from(since).unwrap() + 1).record();
        record.session_key = seal_session_key(&FakeSealer, &record.identity, key).unwrap();
        record.previous_key_until = self.clock.now().plus(Duration::from_mins(10));
        self.stores.accounts.record_login(record).await.unwrap();
    }

    /// Merges the second user into the first.
    pub(super) async fn merge(&self, winner: UserId, loser: UserId) {
        let event = |user| self.context.audit_event(AuditAction::UsersMerged, user);
        let merge = Merge {
            apps: VisibleApps::All,
            winner,
            loser,
            phone: None,
            tokens_until: self.context.tokens_until(),
            event: event(winner),
            loser_event: event(loser),
        };
        let merged = self.stores.accounts.merge(merge).await.unwrap();
        assert!(matches!(merged, MergeOutcome::Merged(_)), "{merged:?}");
    }

    pub(super) fn token(&self, kind: TokenKind, user: &User, session: &Session) -> String {
        let issued = self.context.access_tokens.issue(kind, user, session).unwrap();
        issued.token.expose().to_owned()
    }
}
