use std::sync::Arc;
use std::sync::atomic::Ordering;

use poem::http::Method;
use wxlogin_domain::testing::MemoryStore;

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
async fn an_instance_is_ready_before_it_has_read_all_revocations() {
    let harness = Harness::with(Settings { fresh: false, ..Settings::default() }).await;
    assert!(!harness.services.revocations.is_complete());
    assert_eq!(harness.send(Call::get("/readyz")).await.good()["status"], "ready");
    assert_eq!(harness.send(Call::get("/healthz")).await.good()["status"], "ok");
}

#[tokio::test]
async fn an_instance_is_not_ready_while_its_database_is_away() {
    let store = Arc::new(MemoryStore::default());
    let harness = Harness::with(Settings { stores: store.ports(), ..Settings::default() }).await;
    store.is_away.store(true, Ordering::SeqCst);
    let answer = harness.send(Call::get("/readyz")).await;
    assert_eq!(answer.good()["status"], "ready", "the database is not asked here");
    harness.services.readiness.probe().await.unwrap_err();
    let answer = harness.send(Call::get("/readyz")).await;
    assert_eq!(answer.problem(), (503, "store_unavailable"));
    assert_eq!(answer.header("retry-after"), "5");
    assert!(!answer.text.contains("s3cret"));
}

#[tokio::test]
async fn a_login_is_refused_while_the_database_is_away_and_its_code_remains_usable() {
    let store = Arc::new(MemoryStore::default());
    let harness = Harness::with(Settings { stores: store.ports(), ..Settings::default() }).await;
    store.is_full.store(true, Ordering::SeqCst);
    let refused = harness.log_in("code-alice-1").await;
    assert_eq!(refused.problem(), (503, "store_unavailable"));
    assert_eq!(refused.header("retry-after"), "5");
    store.is_full.store(false, Ordering::SeqCst);
    assert_eq!(harness.log_in("code-alice-1").await.good()["isNewUser"], true);
}
