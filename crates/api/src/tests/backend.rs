use std::sync::Arc;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use serde_json::json;
use uuid::Uuid;
use wxlogin_domain::model::{ApiClient, AuditEvent, ClientId, Scope, parse_network};
use wxlogin_domain::ports::{ClientStore, Clock, StoreError};
use wxlogin_domain::testing::MemoryStore;
use wxlogin_domain::usecase::admin::api_clients::{ClientChange, Expiry};

use super::apps::{APP, OTHER_APP};
use super::call::{Answer, Call};
use super::harness::{Harness, Settings, operator};

const PATHS: [&str; 2] = ["/v1/introspect", "/v1/revoke"];
const BASIC: &str = r#"Basic realm="wxlogin", charset="UTF-8""#;

impl Harness {
    async fn introspect(&self, id: &str, secret: &str, token: &str) -> Answer {
        let call = Call::post("/v1/introspect").basic(id, secret);
        self.send(call.form(&format!("token={token}"))).await
    }
}

#[tokio::test]
async fn only_a_valid_access_token_is_active() {
    let harness = Harness::new().await;
    let secret = harness.client("billing", &[Scope::Introspect], &[]).await;
    let login = harness.log_in("code-alice-1").await;
    let token = login.text_at("accessToken");
    let active = harness.introspect("billing", &secret, token).await;
    let claims = active.good().as_object().unwrap();
    let session = claims["sid"].as_str().unwrap();
    assert_eq!(
        active.body,
        json!({
            "active": true,
            "iss": "https://login.example",
            "sub": login.body["user"]["id"],
            "aud": APP,
            "exp": 1_767_225_600 + 900,
            "iat": 1_767_225_600,
            "nbf": 1_767_225_540,
            "jti": claims["jti"],
            "client_id": APP,
            "token_type": "Bearer",
            "auth_time": 1_767_225_600,
            "sid": session,
            "app_id": APP,
            "user_type": 2,
        })
    );
    let refresh = login.text_at("refreshToken");
    for other in ["sEcReT", refresh] {
        let answer = harness.introspect("billing", &secret, other).await;
        assert_eq!(*answer.good(), json!({ "active": false }));
    }
    let end = Call::delete(&format!("/v1/me/sessions/{session}")).bearer(token);
    assert_eq!(harness.send(end).await.status, 204);
    let ended = harness.introspect("billing", &secret, token).await;
    assert_eq!(*ended.good(), json!({ "active": false }));
}

#[tokio::test]
async fn scope_and_app_limit_what_a_client_sees() {
    let harness = Harness::new().await;
    let login = harness.log_in("code-alice-1").await;
    let token = login.text_at("accessToken");
    let pay = harness.client("pay", &[Scope::Introspect, Scope::OpenId], &[APP]).await;
    let active = harness.introspect("pay", &pay, token).await;
    assert_eq!(active.good()["openid"], "oalice");
    assert_eq!(active.body["unionid"], "ualice");
    let elsewhere = harness.client("elsewhere", &[Scope::Introspect], &[OTHER_APP]).await;
    let inactive = harness.introspect("elsewhere", &elsewhere, token).await;
    assert_eq!(*inactive.good(), json!({ "active": false }));
    let revoke = Call::post("/v1/revoke").basic("elsewhere", &elsewhere);
    assert_eq!(harness.send(revoke.form(&format!("token={token}"))).await.status, 200);
    harness.send(Call::get("/v1/me").bearer(token)).await.good();
}

#[tokio::test]
async fn a_client_can_use_basic_or_bearer_authentication() {
    let harness = Harness::new().await;
    let secret = harness.client("back_end-1", &[Scope::Introspect], &[]).await;
    let encoded = percent_encode(secret.as_bytes(), NON_ALPHANUMERIC).to_string();
    for path in PATHS {
        for call in [
            Call::post(path).basic("back_end-1", &secret),
            Call::post(path).basic("back%5Fend%2D1", &encoded),
            Call::post(path).bearer(&format!("back_end-1.{secret}")),
        ] {
            let answer =
                harness.send(call.form("token=x&unknown=1&unknown=2&token_type_hint=y")).await;
            assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"));
        }
    }
}

#[tokio::test]
async fn invalid_credentials_get_a_challenge() {
    let harness = Harness::new().await;
    let secret = harness.client("billing", &[Scope::Introspect], &[]).await;
    let (bearer, invalid) = (r#"Bearer realm="wxlogin""#, r#"Bearer error="invalid_token""#);
    for path in PATHS {
        for (call, challenge) in [
            (Call::post(path), bearer),
            (Call::post(path).basic("billing", "sEcReT"), bearer),
            (Call::post(path).basic("sEcReT", &secret), bearer),
            (Call::post(path).header("authorization", "Basic sEcReT!"), bearer),
            (Call::post(path).header("authorization", "Digest sEcReT"), bearer),
            (Call::post(path).bearer("billing.sEcReT"), invalid),
            (Call::post(path).bearer("sEcReT"), invalid),
        ] {
            let answer = harness.send(call.form("token=x")).await;
            assert_eq!(answer.problem(), (401, "client_invalid"));
            assert_eq!(answer.body["error"], "invalid_client");
            assert_eq!(answer.challenges(), [BASIC, challenge]);
            assert!(!answer.text.contains("sEcReT"));
        }
        let by_body = format!("token=x&client_id=billing&client_secret={secret}");
        let answer = harness.send(Call::post(path).form(&by_body)).await;
        assert_eq!(
            answer.problem(),
            (401, "client_invalid"),
            "credentials in the form are not accepted"
        );
    }
}

#[tokio::test]
async fn an_expired_client_and_one_at_another_address_are_told_so() {
    let harness = Harness::new().await;
    let secret = harness.client("billing", &[Scope::Introspect, Scope::Admin], &[]).await;
    let id = ClientId::parse("billing").unwrap();
    let change = async |change: ClientChange| {
        harness.services.clients.change(&id, &change, operator()).await.unwrap().unwrap();
    };
    let networks = [parse_network("192.0.2.0/24").unwrap()].into();
    change(ClientChange { networks: Some(networks), expiry: None }).await;
    let refused = harness.introspect("billing", &secret, "x").await;
    assert_eq!(refused.problem(), (403, "client_address_not_allowed"));
    assert_eq!(refused.body["error"], "unauthorized_client");
    assert!(refused.challenges().is_empty(), "no other credentials would help");
    let users = harness.send(Call::get("/v1/admin/users").basic("billing", &secret)).await;
    assert_eq!(users.problem(), (403, "client_address_not_allowed"));
    let stranger = harness.introspect("billing", "wrong", "x").await;
    assert_eq!(stranger.problem(), (401, "client_invalid"));

    let expiry = Some(Expiry::At(harness.clock.now()));
    change(ClientChange { expiry, networks: None }).await;
    let expired = harness.introspect("billing", &secret, "x").await;
    assert_eq!(expired.problem(), (401, "client_expired"));
    assert_eq!(expired.body["error"], "invalid_client");
    assert_eq!(expired.challenges(), [BASIC, r#"Bearer realm="wxlogin""#]);
    let call = Call::get("/v1/admin/users").bearer(&format!("billing.{secret}"));
    let expired = harness.send(call).await;
    assert_eq!(expired.problem(), (401, "client_expired"));
    assert_eq!(expired.challenges(), [BASIC, r#"Bearer error="invalid_token""#]);
}

#[tokio::test]
async fn a_client_needs_the_introspect_scope() {
    let harness = Harness::new().await;
    let secret = harness.client("support", &[Scope::Admin, Scope::OpenId], &[]).await;
    for path in PATHS {
        let answer = harness.send(Call::post(path).basic("support", &secret).form("token=x")).await;
        assert_eq!(answer.problem(), (403, "insufficient_scope"));
        assert_eq!(answer.body["error"], "insufficient_scope");
        let challenge = r#"Bearer error="insufficient_scope", scope="introspect""#;
        assert_eq!(answer.challenges(), [challenge]);
    }
}

#[tokio::test]
async fn failures_have_an_oauth_error() {
    let harness = Harness::new().await;
    let secret = harness.client("billing", &[Scope::Introspect], &[]).await;
    let long = format!("token={}", "x".repeat(19_000));
    for path in PATHS {
        let call = || Call::post(path).basic("billing", &secret);
        for (call, problem) in [
            (call().form(""), (400, "invalid_request")),
            (call().form("token="), (400, "invalid_request")),
            (call().form("Token=sEcReT"), (400, "invalid_request")),
            (call().form("token=sEcReT&token=sEcReT"), (400, "invalid_request")),
            (call().form("token=x&token_type_hint=a&token_type_hint=b"), (400, "invalid_request")),
            (call().form(&long), (413, "payload_too_large")),
            (call().json(&json!({ "token": "sEcReT" })), (415, "unsupported_media_type")),
            (call().body("token=sEcReT"), (415, "unsupported_media_type")),
            (Call::get(path), (405, "method_not_allowed")),
        ] {
            let answer = harness.send(call).await;
            assert_eq!(answer.problem(), problem);
            assert_eq!(answer.body["error"], "invalid_request");
            assert!(!answer.text.contains("sEcReT"));
        }
    }
}

#[tokio::test]
async fn access_and_refresh_tokens_can_be_revoked() {
    let harness = Harness::new().await;
    let secret = harness.client("billing", &[Scope::Introspect], &[]).await;
    for (number, name) in ["accessToken", "refreshToken"].into_iter().enumerate() {
        let login = harness.log_in(&format!("code-alice-{number}")).await;
        let form = format!("token={}", login.text_at(name));
        for _ in 0..2 {
            let revoke = Call::post("/v1/revoke").basic("billing", &secret);
            let answer = harness.send(revoke.form(&form)).await;
            assert_eq!((answer.status, answer.text.as_str()), (200, ""));
        }
        let me = harness.send(Call::get("/v1/me").bearer(login.text_at("accessToken"))).await;
        assert_eq!(me.problem(), (401, "token_invalid"));
    }
}

#[tokio::test]
async fn a_reverse_proxy_gets_the_user_in_headers() {
    let harness = Harness::new().await;
    let login = harness.log_in("code-alice-1").await;
    let token = login.text_at("accessToken");
    let sessions = harness.send(Call::get("/v1/me/sessions").bearer(token)).await;
    let answer = harness.send(Call::get("/v1/verify").bearer(token)).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("x-user-id"), login.body["user"]["id"]);
    assert_eq!(answer.header("x-user-type"), "2");
    assert_eq!(answer.header("x-app-id"), APP);
    assert_eq!(answer.header("x-session-id"), sessions.good()["sessions"][0]["id"]);
    let cookie = format!("access_token={token}");
    for (call, problem) in [
        (Call::get(&format!("/v1/verify?access_token={token}")), (400, "invalid_request")),
        (Call::get("/v1/verify").header("cookie", &cookie), (401, "token_missing")),
    ] {
        let answer = harness.send(call).await;
        assert_eq!(answer.problem(), problem, "only a header counts");
        assert_eq!(answer.header("x-user-id"), "");
    }
    harness.clock.advance(Duration::from_mins(16));
    let expired = harness.send(Call::get("/v1/verify").bearer(token)).await;
    assert_eq!(expired.problem(), (401, "token_invalid"));
}

#[tokio::test]
async fn verification_asks_the_database_until_all_revocations_are_read() {
    let harness = Harness::with(Settings { fresh: false, ..Settings::default() }).await;
    let secret = harness.client("billing", &[Scope::Introspect], &[]).await;
    let login = harness.log_in("code-alice-1").await;
    let token = login.text_at("accessToken");
    let verify = async || harness.send(Call::get("/v1/verify").bearer(token)).await;
    assert_eq!(harness.introspect("billing", &secret, token).await.good()["active"], true);
    assert_eq!(verify().await.status, 200);
    harness.send(Call::post("/v1/logout").bearer(token)).await;
    assert_eq!(harness.introspect("billing", &secret, token).await.good()["active"], false);
    assert_eq!(verify().await.problem(), (401, "token_invalid"));
}

/// A store that is unavailable.
struct Away;

fn away() -> StoreError {
    StoreError::Unavailable("s3cret".into())
}

#[async_trait::async_trait]
impl ClientStore for Away {
    async fn insert_client(&self, _: ApiClient, _: AuditEvent) -> Result<bool, StoreError> {
        Err(away())
    }

    async fn replace_client(
        &self,
        _: Uuid,
        _: ApiClient,
        _: AuditEvent,
    ) -> Result<bool, StoreError> {
        Err(away())
    }

    async fn find_client(&self, _: &ClientId) -> Result<Option<ApiClient>, StoreError> {
        Err(away())
    }

    async fn list_clients(&self) -> Result<Vec<ApiClient>, StoreError> {
        Err(away())
    }

    async fn remove_client(&self, _: &ClientId, _: AuditEvent) -> Result<bool, StoreError> {
        Err(away())
    }
}

#[tokio::test]
async fn a_client_retries_when_the_database_is_unavailable() {
    let mut settings = Settings { stores: MemoryStore::stores(), ..Settings::default() };
    settings.stores.clients = Arc::new(Away);
    let harness = Harness::with(settings).await;
    for call in [
        Call::post("/v1/introspect").basic("billing", "x").form("token=x"),
        Call::post("/v1/revoke").basic("billing", "x").form("token=x"),
        Call::get("/v1/admin/users").basic("billing", "x"),
    ] {
        let answer = harness.send(call).await;
        assert_eq!(answer.problem(), (503, "store_unavailable"));
        assert_eq!(answer.header("retry-after"), "5");
        assert!(!answer.text.contains("s3cret"));
    }
}
