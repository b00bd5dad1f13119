use std::sync::Arc;
use std::time::Duration;

use poem::http::Method;
use uuid::Uuid;
use wxlogin_domain::ports::{Deployment, DeploymentStore, StoreError};

use super::call::Call;
use super::harness::{Harness, Settings};

#[tokio::test]
async fn a_wrong_method_gets_the_allowed_ones() {
    let harness = Harness::new().await;
    for (method, path, allowed) in [
        (Method::GET, "/v1/login", "POST"),
        (Method::PUT, "/v1/me", "GET, POST, DELETE, HEAD"),
        (Method::GET, "/v1/me/sessions/019b0000-7000-7000-8000-000000000002", "DELETE"),
        (Method::PATCH, "/v1/admin/users/x", "GET, POST, DELETE, HEAD"),
        (Method::POST, "/.well-known/jwks.json", "GET, HEAD"),
        (Method::POST, "/healthz", "GET, HEAD"),
        (Method::GET, "/wxLogin", "POST"),
    ] {
        let answer = harness.send(Call::new(method, path)).await;
        assert_eq!(answer.problem(), (405, "method_not_allowed"), "{path}");
        let mut found = answer.header("allow").split(", ").collect::<Vec<_>>();
        let mut allowed = allowed.split(", ").collect::<Vec<_>>();
        found.sort_unstable();
        allowed.sort_unstable();
        assert_eq!(found, allowed, "{path}");
    }
    let unknown = harness.send(Call::get("/v1/nope")).await;
    assert_eq!(unknown.problem(), (404, "not_found"));
    assert_eq!(unknown.header("allow"), "");
}

#[tokio::test]
async fn an_instance_is_ready_when_it_has_the_revocation_list() {
    let harness = Harness::with(Settings { fresh: false, ..Settings::default() }).await;
    let stale = harness.send(Call::get("/readyz")).await;
    assert_eq!(stale.problem(), (503, "store_unavailable"));
    assert_eq!(stale.header("retry-after"), "5");
    harness.services.revocations.catch_up().await.unwrap();
    assert_eq!(harness.send(Call::get("/readyz")).await.good()["status"], "ready");
    assert_eq!(harness.send(Call::get("/healthz")).await.good()["status"], "ok");
}

/// A database that is unavailable.
struct Away;

fn away<T>() -> Result<T, StoreError> {
    Err(StoreError::Unavailable("s3cret".into()))
}

#[async_trait::async_trait]
impl DeploymentStore for Away {
    async fn claim(&self, _: Deployment) -> Result<Deployment, StoreError> {
        away()
    }

    async fn deployment(&self) -> Result<Option<Deployment>, StoreError> {
        away()
    }

    async fn set_deployment(&self, _: Deployment) -> Result<(), StoreError> {
        away()
    }

    async fn lease(&self, _: &'static str, _: Uuid, _: Duration) -> Result<bool, StoreError> {
        away()
    }

    async fn ping(&self) -> Result<(), StoreError> {
        away()
    }
}

#[tokio::test]
async fn an_instance_is_not_ready_without_its_database() {
    let mut settings = Settings::default();
    settings.stores.deployment = Arc::new(Away);
    let harness = Harness::with(settings).await;
    let answer = harness.send(Call::get("/readyz")).await;
    assert_eq!(answer.problem(), (503, "store_unavailable"));
    assert!(!answer.text.contains("s3cret"));
}
