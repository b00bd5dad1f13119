//! Sessions: refresh, sign-out and revocation on every instance.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Client, Harness};

/// How soon every instance knows of a revocation.
const REVOKED_WITHIN: Duration = Duration::from_secs(2);

/// Refreshes with this token.
pub(crate) async fn refresh(client: &Client, token: &str) -> Answer {
    client.post("/v1/token/refresh", &json!({ "refreshToken": token })).await
}

/// The refresh token in an answer.
pub(crate) fn refresh_token(answer: &Answer) -> &str {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["refreshToken"].as_str().unwrap()
}

async fn verify(client: &Client, token: &str) -> Answer {
    client.send(client.request(Method::GET, "/v1/verify").bearer_auth(token)).await
}

#[tokio::test]
async fn a_session_lasts_until_the_user_signs_out() {
    let harness = Harness::start(&[]).await;
    let login = harness.sign_in("oAlice").await;
    let days = 14 * 24 * 60 * 60;
    let left = login.body["refreshExpiresIn"].as_u64().unwrap();
    assert!((days - 60..=days).contains(&left), "{left} seconds are left of two weeks");
    let next = refresh(&harness.client, refresh_token(&login)).await;
    assert_eq!(harness.client.me(next.token()).await.body, login.body["user"]);
    let list = harness.client.request(Method::GET, "/v1/me/sessions").bearer_auth(next.token());
    let list = harness.client.send(list).await;
    assert_eq!(list.body["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(list.body["sessions"][0]["current"], true);
    let log_out = harness.client.request(Method::POST, "/v1/logout").bearer_auth(next.token());
    assert_eq!(harness.client.send(log_out).await.status, 204);
    for token in [login.token(), next.token()] {
        assert_eq!(harness.client.me(token).await.problem(), "token_invalid");
        assert_eq!(verify(&harness.client, token).await.problem(), "token_invalid");
    }
    let ended = refresh(&harness.client, refresh_token(&next)).await;
    assert_eq!((ended.status, ended.problem()), (400, "refresh_token_invalid"));
}

#[tokio::test]
async fn concurrent_refreshes_get_one_successor() {
    let harness = Harness::start(&[]).await;
    let login = harness.sign_in("oAlice").await;
    let asking = (0..32).map(|_| {
        let (client, token) = (harness.client.clone(), refresh_token(&login).to_owned());
        tokio::spawn(async move { refresh(&client, &token).await })
    });
    let mut successors = Vec::new();
    for asked in asking.collect::<Vec<_>>() {
        successors.push(refresh_token(&asked.await.unwrap()).to_owned());
    }
    successors.dedup();
    assert_eq!(successors.len(), 1);
    let next = refresh(&harness.client, &successors[0]).await;
    assert_eq!(next.status, 200);
    let late = refresh(&harness.client, refresh_token(&login)).await;
    assert_eq!(late.problem(), "refresh_token_reused", "its successor was used");
    assert_eq!(harness.client.me(next.token()).await.problem(), "token_invalid");
}

#[tokio::test]
async fn a_login_whose_answer_was_lost_can_be_repeated_at_another_instance() {
    let harness = Harness::start(&[]).await;
    let (_other, other) = harness.another().await;
    let code = harness.simulator.code("oAlice").await;
    let log_in = |client: Client, code: String| async move {
        let request = client.request(Method::POST, "/v1/login").json(&json!({ "code": code }));
        client.send(request.header("idempotency-key", "5hQ1yN0rT3mJ8vWc2kXbZg")).await
    };
    let first = log_in(harness.client.clone(), code.clone()).await;
    let again = log_in(other.clone(), code.clone()).await;
    assert_eq!(refresh_token(&again), refresh_token(&first));
    assert_eq!(again.body["isNewUser"], true, "the same answer");
    assert_eq!(harness.simulator.exchanges(&code).await, 1);
    let changed = harness.simulator.code("oAlice").await;
    assert_eq!(log_in(other, changed).await.problem(), "idempotency_key_reused");
}

#[tokio::test]
async fn another_instance_soon_knows_what_has_ended() {
    let harness = Harness::start(&[]).await;
    let (_other, other) = harness.another().await;
    let login = harness.sign_in("oAlice").await;
    let verified = verify(&other, login.token()).await;
    assert_eq!(verified.header("x-user-id"), login.user_id());
    let body: Value = json!({ "refreshToken": refresh_token(&login) });
    assert_eq!(harness.client.post("/v1/logout", &body).await.status, 204);
    let ended = Instant::now();
    assert_eq!(verify(&harness.client, login.token()).await.problem(), "token_invalid");
    while verify(&other, login.token()).await.status == 200 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(ended.elapsed() < REVOKED_WITHIN, "{:?}", ended.elapsed());
}
