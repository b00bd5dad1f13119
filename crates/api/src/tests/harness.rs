use std::sync::Arc;
use std::time::Duration;

use poem::endpoint::BoxEndpoint;
use poem::{Endpoint, Response};
use serde_json::{Value, json};
use wxlogin_domain::model::{
    App, AppId, Apps, ClientId, EncryptedDataHash, LoginCode, OpenId, PhoneCode, PhoneNumber,
    Scope, Secret, SessionKey, SignUp, UnionId, WechatAccessToken,
};
use wxlogin_domain::ports::{
    CallError, CodeExchange, ExchangeError, FetchedAccessToken, PhoneNumberError,
    ResetSessionKeyError, Stores, WechatFault, WechatGateway, WechatReply,
};
use wxlogin_domain::testing::{
    FakePictureConverter, FakePushReader, FakeSealer, FakeSigner, FakeWechatCrypto, ManualClock,
    MemoryAvatars, MemoryStore, NoLimit, SequenceRandomness,
};
use wxlogin_domain::usecase::tokens::access_tokens::TokenPolicy;
use wxlogin_domain::usecase::tokens::refresh::SessionPolicy;
use wxlogin_domain::usecase::tokens::signing_keys::{KeyPolicy, SigningKeys};
use wxlogin_domain::usecase::{Policies, Ports};

use super::apps::{APP, OTHER_APP, push_app};
use super::call::{Answer, Call};
use super::document;
use crate::{HttpSettings, UseCases};

/// How this instance differs from others.
pub(super) struct Settings {
    pub(super) issuer: &'static str,
    pub(super) erasure_grace: Duration,
    /// Whether it has read what was revoked.
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

/// A WeChat to which `code-alice-1` stands for `oalice`, `phone-alice-13800138000-1` for her number,
/// and which fails as codes like `invalid-1` say.
struct Wechat;

#[async_trait::async_trait]
impl WechatGateway for Wechat {
    async fn exchange_code(
        &self,
        _: &AppId,
        code: &LoginCode,
    ) -> Result<CodeExchange, ExchangeError> {
        let (reply, retry_after) = (WechatReply::default(), Duration::from_secs(7));
        let (kind, rest) = code.expose().split_once('-').unwrap();
        let name = match kind {
            "invalid" => return Err(ExchangeError::CodeInvalid(reply)),
            "used" => return Err(ExchangeError::CodeUsed(reply)),
            "blocked" => return Err(ExchangeError::Blocked(reply)),
            "limited" => {
                return Err(ExchangeError::Fault(WechatFault::RateLimited { reply, retry_after }));
            }
            "misconfigured" => {
                return Err(ExchangeError::Fault(WechatFault::Misconfigured {
                    reply,
                    mend: "s3cret".into(),
                }));
            }
            "unavailable" => {
                return Err(ExchangeError::Fault(WechatFault::Unavailable {
                    reply,
                    what: "down",
                    retry_after,
                }));
            }
            _ => rest.split('-').next().unwrap(),
        };
        Ok(CodeExchange {
            open_id: OpenId::parse(&format!("o{name}")).unwrap(),
            union_id: Some(UnionId::parse(&format!("u{name}")).unwrap()),
            session_key: SessionKey::parse("tiihtNczf5v6AKRyjwEUhQ==").unwrap(),
        })
    }

    async fn access_token(&self, _: &AppId, _: bool) -> Result<FetchedAccessToken, WechatFault> {
        let token = WechatAccessToken::parse("token").unwrap();
        Ok(FetchedAccessToken { token, expires_in: Duration::from_hours(2) })
    }

    async fn phone_number(
        &self,
        _: &AppId,
        _: &WechatAccessToken,
        code: &PhoneCode,
        open_id: &OpenId,
    ) -> Result<PhoneNumber, PhoneNumberError> {
        match code.expose().split('-').collect::<Vec<_>>()[..] {
            ["phone", owner, number, _] if open_id.as_str() == format!("o{owner}") => {
                Ok(PhoneNumber::parse("86", number).unwrap())
            }
            ["unavailable"] => Err(away().into()),
            _ => Err(PhoneNumberError::CodeInvalid(WechatReply::default())),
        }
    }

    async fn check_session_key(
        &self,
        _: &AppId,
        _: &WechatAccessToken,
        open_id: &OpenId,
        _: &SessionKey,
    ) -> Result<bool, CallError> {
        match open_id.as_str() {
            "oalice" => Ok(true),
            "obob" => Ok(false),
            _ => Err(away().into()),
        }
    }

    async fn reset_session_key(
        &self,
        _: &AppId,
        _: &WechatAccessToken,
        _: &OpenId,
        _: &SessionKey,
    ) -> Result<SessionKey, ResetSessionKeyError> {
        Err(away().into())
    }

    async fn check_encrypted_data(
        &self,
        _: &AppId,
        _: &WechatAccessToken,
        _: &EncryptedDataHash,
    ) -> Result<bool, CallError> {
        Err(away().into())
    }
}

const POLICY: SessionPolicy = SessionPolicy {
    lifetime: Duration::from_hours(24),
    idle: Duration::from_hours(1),
    max_per_user: 10,
};

fn ports(
    stores: Stores,
    clock: &Arc<ManualClock>,
    signer: &Arc<FakeSigner>,
    tokens: &TokenPolicy,
    keeps_avatars: bool,
) -> Ports {
    let policy = KeyPolicy {
        jwks_max_age: Duration::from_mins(2),
        rotate_after: Duration::from_hours(24 * 90),
        longest_token: tokens.longest(),
    };
    let sealer = Arc::new(FakeSealer);
    let keys = stores.keys.clone();
    let keys = SigningKeys::new(keys, sealer.clone(), signer.clone(), clock.clone(), policy);
    Ports {
        stores,
        keys: Arc::new(keys),
        signer: signer.clone(),
        sealer,
        crypto: Arc::new(FakeWechatCrypto),
        push_reader: Arc::new(FakePushReader),
        avatars: keeps_avatars.then(|| Arc::new(MemoryAvatars::new(clock.clone())) as _),
        pictures: Arc::new(FakePictureConverter),
        wechat: Arc::new(Wechat),
        failures: Arc::new(NoLimit),
        clock: clock.clone(),
        randomness: Arc::new(SequenceRandomness::default()),
    }
}

fn away() -> WechatFault {
    let (reply, retry_after) = (WechatReply::default(), Duration::from_secs(7));
    WechatFault::Unavailable { reply, what: "down", retry_after }
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
        let app = |id: &str| {
            let id = AppId::parse(id).unwrap();
            App {
                id,
                secret: Secret::new("app secret"),
                second_secret: None,
                encrypted_phone: true,
                sign_up,
            }
        };
        let apps = Apps::new(vec![app(APP), app(OTHER_APP)]);
        let policies = Policies {
            apps,
            pushes: vec![push_app()],
            tokens: TokenPolicy {
                issuer: issuer.into(),
                audience: None,
                lifetime: Duration::from_mins(15),
                original_lifetime: Duration::from_hours(168),
            },
            sessions: POLICY,
            erasure_grace,
            longest_avatar: 1000,
        };
        let ports = ports(stores, &clock, &signer, &policies.tokens, keeps_avatars);
        let services = UseCases::wire(ports, policies);
        services.keys.make_ready().await.unwrap();
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

    /// Sends a call whose answer the fakes make another than the document says.
    pub(super) async fn send_undescribed(&self, call: Call) -> Answer {
        Answer::of(self.endpoint.get_response(call.request()).await).await
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Call::post(path).json(&body)).await
    }

    /// Signs the person in with a code like `code-alice-1`.
    pub(super) async fn log_in(&self, code: &str) -> Answer {
        self.post("/v1/login", json!({ "appId": APP, "code": code })).await
    }

    /// Makes a client and tells its secret.
    pub(super) async fn client(&self, id: &str, scopes: &[Scope], apps: &[&str]) -> String {
        let id = ClientId::parse(id).unwrap();
        let scopes = scopes.iter().copied().collect();
        let apps = apps.iter().map(|app| AppId::parse(app).unwrap()).collect();
        let made = self.services.clients.create(id, scopes, apps).await.unwrap();
        made.unwrap().1.expose().to_owned()
    }
}
