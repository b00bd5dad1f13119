use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::join_all;

use super::*;
use crate::model::{Generation, VisibleApps};
use crate::ports::{Clock, UserChange};
use crate::testing::{FakeLimiter, MemoryStore};
use crate::usecase::harness::{Harness, address};
use crate::usecase::tokens::sessions::LogOutError;

async fn refreshed(harness: &Harness, token: &RefreshToken) -> RefreshToken {
    harness.refresh.refresh(token, address()).await.unwrap().refresh.token
}

async fn refused(harness: &Harness, token: &RefreshToken) -> RefreshError {
    harness.refresh.refresh(token, address()).await.unwrap_err()
}

#[tokio::test]
async fn a_refresh_gives_new_tokens() {
    let harness = Harness::new().await;
    let (user, session, _, first) = harness.sign_in("oAlice").await;
    harness.clock.advance(Duration::from_mins(10));
    let new = harness.refresh.refresh(&first, address()).await.unwrap();
    assert_ne!(new.refresh.token, first);
    assert_eq!(new.refresh.expires_in, harness.policy().idle);
    let found =
        harness.context.current_user.find(new.access.token.expose(), &[TokenKind::Access]).await;
    let found = found.unwrap();
    assert_eq!(found.user, user);
    assert_eq!(found.session.generation, Generation(2));
    assert_eq!(found.session.created_at, session.created_at, "this is when the person signed in");
}

#[tokio::test]
async fn the_one_before_gives_the_same_successor_for_a_while() {
    let harness = Harness::new().await;
    let (.., first) = harness.sign_in("oAlice").await;
    let second = refreshed(&harness, &first).await;
    harness.clock.advance(SessionPolicy::GRACE);
    assert_eq!(refreshed(&harness, &first).await, second, "the answer may have been lost");
    assert_ne!(refreshed(&harness, &second).await, second, "and nothing is lost");
}

#[tokio::test]
async fn after_the_grace_reuse_ends_the_session() {
    let harness = Harness::new().await;
    let (_, session, access, first) = harness.sign_in("oAlice").await;
    let second = refreshed(&harness, &first).await;
    harness.clock.advance(SessionPolicy::GRACE + Duration::from_millis(1));
    assert_eq!(refused(&harness, &first).await, RefreshError::Reused);
    assert_eq!(refused(&harness, &second).await, RefreshError::Invalid);
    assert!(harness.introspection.verify(&access).await.is_err(), "its access tokens end with it");
    let audit = harness.stores.audit.page_audit(&VisibleApps::All, None, None, 10).await.unwrap();
    assert_eq!(audit.len(), 1);
    assert_eq!(audit[0].action, AuditAction::RefreshTokenReused);
    assert_eq!(audit[0].session_id, Some(session.id));
}

#[tokio::test]
async fn once_the_successor_was_used_reuse_ends_the_session() {
    let harness = Harness::new().await;
    let (.., first) = harness.sign_in("oAlice").await;
    let second = refreshed(&harness, &first).await;
    let third = refreshed(&harness, &second).await;
    assert_eq!(refused(&harness, &first).await, RefreshError::Reused);
    assert_eq!(refused(&harness, &third).await, RefreshError::Invalid);
}

#[tokio::test]
async fn tokens_that_were_not_issued_end_nothing() {
    let harness = Harness::new().await;
    let (_, session, _, first) = harness.sign_in("oAlice").await;
    let ahead = Session { generation: Generation(7), ..session.clone() };
    let never_given = harness.context.refresh_tokens.token(&ahead);
    let mut forged = first.expose().to_owned();
    forged.replace_range(70..71, if &forged[70..71] == "A" { "B" } else { "A" });
    for token in [never_given, RefreshToken::new(forged), RefreshToken::new("x".into())] {
        assert_eq!(refused(&harness, &token).await, RefreshError::Invalid);
    }
    refreshed(&harness, &first).await;
    assert_eq!(
        harness.stores.audit.page_audit(&VisibleApps::All, None, None, 10).await,
        Ok(vec![])
    );
}

#[tokio::test]
async fn forged_tokens_do_not_reach_the_database() {
    let store = Arc::new(MemoryStore::default());
    let harness = Harness::with(|ports, _| {
        ports.stores = store.ports();
        ports.credential_failures = Arc::new(FakeLimiter::new(2));
    })
    .await;
    let (_, session, _, token) = harness.sign_in("oAlice").await;
    let mut forged = token.expose().to_owned();
    forged.replace_range(30..31, if &forged[30..31] == "A" { "B" } else { "A" });
    let forged = RefreshToken::new(forged);
    let old = harness.context.refresh_tokens.token_1(&session);
    let mut forged_old = old.expose().to_owned();
    forged_old.replace_range(70..71, if &forged_old[70..71] == "A" { "B" } else { "A" });
    let forged_old = RefreshToken::new(forged_old);
    // Old tokens can only be told from forged ones by the database, so failures are limited.
    for _ in 0..2 {
        assert_eq!(refused(&harness, &forged_old).await, RefreshError::Invalid);
    }
    let uses = store.uses.load(Ordering::SeqCst);
    for _ in 0..10 {
        assert_eq!(refused(&harness, &forged).await, RefreshError::Invalid);
        assert_eq!(
            harness.sessions.log_out_by_refresh(&forged, address()).await,
            Err(LogOutError::RefreshTokenInvalid)
        );
        let limited = RetryAfter(FakeLimiter::WAIT);
        assert_eq!(refused(&harness, &forged_old).await, limited.into());
        let log_out = harness.sessions.log_out_by_refresh(&forged_old, address()).await;
        assert_eq!(log_out, Err(limited.into()));
    }
    assert_eq!(store.uses.load(Ordering::SeqCst), uses);
    refreshed(&harness, &token).await;
}

#[tokio::test]
async fn a_token_from_before_outer_macs_is_replaced_by_one_that_has_one() {
    let harness = Harness::with(|ports, _| {
        ports.credential_failures = Arc::new(FakeLimiter::new(1));
    })
    .await;
    for open_id in ["oAlice", "oBob"] {
        let (_, session, ..) = harness.sign_in(open_id).await;
        let old = harness.context.refresh_tokens.token_1(&session);
        let new = refreshed(&harness, &old).await;
        assert_eq!(new.expose().len(), 119);
        assert_eq!(refreshed(&harness, &old).await, new, "the answer may have been lost");
        refreshed(&harness, &new).await;
        assert_eq!(refused(&harness, &old).await, RefreshError::Reused);
    }
}

#[tokio::test]
async fn many_at_once_get_one_successor() {
    let harness = Harness::new().await;
    let (.., first) = harness.sign_in("oAlice").await;
    let all = join_all((0..32).map(|_| refreshed(&harness, &first))).await;
    assert!(all.iter().all(|token| *token == all[0]));
    refreshed(&harness, &all[0]).await;
}

#[tokio::test]
async fn sessions_end_when_idle_and_at_the_latest() {
    let harness = Harness::new().await;
    let (_, session, _, mut token) = harness.sign_in("oAlice").await;
    harness.clock.advance(harness.policy().idle.saturating_sub(Duration::from_millis(1)));
    token = refreshed(&harness, &token).await;
    while harness.clock.now().plus(harness.policy().idle) < session.ends_at {
        harness.clock.advance(harness.policy().idle / 2);
        token = refreshed(&harness, &token).await;
    }
    let left = session.ends_at.since(harness.clock.now());
    let last = harness.refresh.refresh(&token, address()).await.unwrap();
    assert_eq!(last.refresh.expires_in, left, "never past the end");
    harness.clock.advance(left);
    assert_eq!(refused(&harness, &last.refresh.token).await, RefreshError::Invalid);

    let (.., idle) = harness.sign_in("oBob").await;
    harness.clock.advance(harness.policy().idle);
    assert_eq!(refused(&harness, &idle).await, RefreshError::Invalid);
}

#[tokio::test]
async fn a_banned_user_gets_an_error_of_its_own() {
    let harness = Harness::new().await;
    let (user, _, _, first) = harness.sign_in("oAlice").await;
    let second = refreshed(&harness, &first).await;
    let change = UserChange {
        apps: VisibleApps::All,
        user_id: user.id,
        status: Some(UserStatus::Disabled),
        user_type: None,
        tokens_until: harness.context.tokens_until(),
        events: vec![],
        now: harness.clock.now(),
    };
    harness.stores.accounts.change_user(change).await.unwrap();
    assert_eq!(refused(&harness, &second).await, RefreshError::UserDisabled);
    assert_eq!(refused(&harness, &first).await, RefreshError::UserDisabled);
}
