//! A token that was verified before is checked like any other, but for its signature.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use wxlogin_domain::testing::{FakeSigner, ManualClock, MemoryStore, fake_policies, fake_ports};
use wxlogin_domain::usecase::UseCases;
use wxlogin_domain::usecase::sign_in::log_in::{LogInRequest, LoginCodeClaim};
use wxlogin_domain::usecase::tokens::access_tokens::TokenKind;

use super::*;

/// An instance, and a token of somebody who has just signed in, verified twice.
async fn signed_in() -> (UseCases, Arc<ManualClock>, String) {
    let clock = Arc::new(ManualClock::default());
    let unused = Arc::new(FakeSigner::default());
    let mut ports = fake_ports(MemoryStore::stores(), clock.clone(), unused);
    ports.signer = Arc::new(JwtSigner::default());
    let policies = fake_policies(vec![claims().app_id], "https://login.example.com");
    let services = UseCases::new(ports, policies);
    services.keys.make_ready().await.unwrap();
    services.revocations.catch_up().await.unwrap();
    let code = LoginCodeClaim("code-alice-1".into());
    let request = LogInRequest { code, ..LogInRequest::default() };
    let client = IpAddr::V4(Ipv4Addr::LOCALHOST).into();
    let login = services.log_in.log_in(request, TokenKind::Access, client).await.unwrap();
    let token = login.token.token.expose().to_owned();
    let first = services.introspection.verify(&token).await.unwrap();
    assert_eq!(services.introspection.verify(&token).await.unwrap(), first);
    (services, clock, token)
}

#[tokio::test]
async fn a_verified_token_expires() {
    let (services, clock, token) = signed_in().await;
    clock.advance(Duration::from_mins(15) - Duration::from_secs(1));
    assert!(services.introspection.verify(&token).await.is_ok());
    clock.advance(Duration::from_secs(1));
    assert!(services.introspection.verify(&token).await.is_err());
}

#[tokio::test]
async fn a_verified_token_ends_with_its_session() {
    let (services, _, token) = signed_in().await;
    services.sessions.log_out(&token).await.unwrap();
    assert!(services.introspection.verify(&token).await.is_err());
}

#[tokio::test]
async fn a_verified_token_ends_with_its_signing_key() {
    let (services, _, token) = signed_in().await;
    let kid = services.keys.list().await.unwrap()[0].key.kid.clone();
    services.keys.revoke(&kid).await.unwrap();
    assert!(services.introspection.verify(&token).await.is_err());
}
