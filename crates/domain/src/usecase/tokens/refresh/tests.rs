use std::time::Duration;

use futures_util::future::join_all;

use super::*;
use crate::model::Generation;
use crate::ports::{Clock, UserChange};
use crate::usecase::harness::Harness;

async fn refreshed(harness: &Harness, token: &RefreshToken) -> RefreshToken {
    harness.refresh.refresh(token).await.unwrap().refresh.token
}

async fn refused(harness: &Harness, token: &RefreshToken) -> RefreshError {
    harness.refresh.refresh(token).await.unwrap_err()
}

#[tokio::test]
async fn a_refresh_gives_new_tokens() {
    let harness = Harness::new().await;
    let (user, session, _, first) = harness.sign_in("oAlice").await;
    harness.clock.advance(Duration::from_mins(10));
    let new = harness.refresh.refresh(&first).await.unwrap();
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
    let audit = harness.stores.audit.page_audit(None, None, 10).await.unwrap();
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
    assert_eq!(harness.stores.audit.page_audit(None, None, 10).await, Ok(vec![]));
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
    let last = harness.refresh.refresh(&token).await.unwrap();
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
