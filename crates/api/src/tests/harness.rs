use std::sync::Arc;
use std::time::Duration;

use poem::endpoint::BoxEndpoint;
use poem::{Endpoint, Response};
use serde_json::{Value, json};
use wxlogin_domain::model::{Actor, App, AppId, Apps, ClientId, Operator, Scope, SignUp};
use wxlogin_domain::ports::Stores;
use wxlogin_domain::testing::{FakeSigner, ManualClock, MemoryStore, fake_policies, fake_ports};
use wxlogin_domain::usecase::admin::api_clients::ClientChange;

use super::apps::{APP, OTHER_APP, push_app};
use super::call::{Answer, Call};
use super::document;
use crate::{HttpSettings, UseCases};

/// The settings of an instance.
pub(super) struct Settings {
    pub(super) issuer: &'static str,
    pub(super) erasure_grace: Duration,
    /// Whether its revocation list is up to date.
    pub(super) fresh: bool,
    pub(super) sign_up: SignUp,
    pub(super) keeps_avatars: bool,
    pub(super) cors_origins: &'static [&'static str],
    pub(super) stores: Stores,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            issuer: "https://login.example",
            erasure_grace: Duration::ZERO,
            fresh: true,
            sign_up: SignUp::Open,
            keeps_avatars: true,
            cors_origins: &[],
            stores: MemoryStore::stores(),
        }
    }
}

/// One instance.
pub(super) struct Harness {
    endpoint: BoxEndpoint<'static, Response>,
    pub(super) clock: Arc<ManualClock>,
    pub(super) signer: Arc<FakeSigner>,
    pub(super) services: UseCases,
}

impl Harness {
    pub(super) async fn new() -> Self {
        Self::with(Settings::default()).await
    }

    pub(super) async fn with(settings: Settings) -> Self {
        let Settings { issuer, erasure_grace, fresh, sign_up, keeps_avatars, cors_origins, stores } =
            settings;
        let clock = Arc::new(ManualClock::default());
        let signer = Arc::new(FakeSigner::default());
        let apps = [APP, OTHER_APP].map(|id| AppId::parse(id).unwrap());
        let mut policies = fake_policies(apps.into(), issuer);
        let apps = policies.apps.into_iter().map(|app| App { sign_up, ..app });
        policies.apps = Apps::new(apps.collect());
        policies.pushes = vec![push_app()];
        policies.erasure_grace = erasure_grace;
        let mut ports = fake_ports(stores, clock.clone(), signer.clone());
        if !keeps_avatars {
            ports.avatars = None;
        }
        let services = UseCases::new(ports, policies);
        services.keys.make_ready().await.unwrap();
        let _ = services.readiness.probe().await;
        if fresh {
            services.revocations.catch_up().await.unwrap();
        }
        let http = HttpSettings {
            issuer: issuer.into(),
            original_app: Some(AppId::parse(APP).unwrap()),
            trusted_proxies: Vec::new(),
            loopback_hosts_only: false,
            body_timeout: Duration::from_secs(10),
            cors_origins: cors_origins.iter().map(|origin| (*origin).into()).collect(),
            example: None,
        };
        Self { endpoint: crate::endpoint(&services, http), clock, signer, services }
    }

    pub(super) async fn send(&self, call: Call) -> Answer {
        let (method, path) = document::of(&call);
        let answer = self.send_undescribed(call).await;
        document::declares((&method, &path), &answer);
        answer
    }

    /// Sends a call whose response differs from the document because of the fakes.
    pub(super) async fn send_undescribed(&self, call: Call) -> Answer {
        Answer::of(self.endpoint.get_response(call.request()).await).await
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Call::post(path).json(&body)).await
    }

    /// Signs in with a code like `code-alice-1` of `FakeWechat`.
    pub(super) async fn log_in(&self, code: &str) -> Answer {
        self.post("/v1/login", json!({ "appId": APP, "code": code })).await
    }

    /// Creates an API client and returns its secret.
    pub(super) async fn client(&self, id: &str, scopes: &[Scope], apps: &[&str]) -> String {
        let id = ClientId::parse(id).unwrap();
        let scopes = scopes.iter().copied().collect();
        let apps = apps.iter().map(|app| AppId::parse(app).unwrap()).collect();
        let (change, actor) = (ClientChange::default(), operator());
        let made = self.services.clients.create(id, scopes, apps, &change, actor).await.unwrap();
        made.unwrap().1.expose().to_owned()
    }
}

/// The operator on the command line.
pub(super) fn operator() -> Actor {
    Actor::CommandLine(Operator::parse("alice").unwrap())
}
