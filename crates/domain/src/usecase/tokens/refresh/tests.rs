use futures_util::future::join_all;

use super::*;
use crate::model::Generation;
use crate::ports::UserChange;
use crate::usecase::test_house::{House, POLICY};

async fn refreshed(house: &House, token: &RefreshToken) -> RefreshToken {
    house.refresh.refresh(token).await.unwrap().refresh.token
}

async fn refused(house: &House, token: &RefreshToken) -> RefreshError {
    house.refresh.refresh(token).await.unwrap_err()
}

#[tokio::test]
async fn a_refresh_gives_new_tokens() {
    let house = House::new().await;
    let (user, session, _, first) = house.sign_in("oAlice").await;
    house.clock.advance(Duration::from_mins(10));
    let new = house.refresh.refresh(&first).await.unwrap();
    assert_ne!(new.refresh.token, first);
    assert_eq!(new.refresh.expires_in, POLICY.idle);
    let found = house.current_user.find(new.access.token.expose(), &[TokenKind::Access]).await;
    let found = found.unwrap();
    assert_eq!(found.user, user);
    assert_eq!(found.session.generation, Generation(2));
    assert_eq!(found.session.created_at, session.created_at, "this is when the person signed in");
}

#[tokio::test]
async fn the_one_before_gives_the_same_successor_for_a_while() {
    let house = House::new().await;
    let (.., first) = house.sign_in("oAlice").await;
    let second = refreshed(&house, &first).await;
    house.clock.advance(SessionPolicy::GRACE);
    assert_eq!(refreshed(&house, &first).await, second, "the answer may have been lost");
    assert_ne!(refreshed(&house, &second).await, second, "and nothing is lost");
}

#[tokio::test]
async fn after_the_grace_reuse_ends_the_session() {
    let house = House::new().await;
    let (_, session, access, first) = house.sign_in("oAlice").await;
    let second = refreshed(&house, &first).await;
    house.clock.advance(SessionPolicy::GRACE + Duration::from_millis(1));
    assert_eq!(refused(&house, &first).await, RefreshError::Reused);
    assert_eq!(refused(&house, &second).await, RefreshError::Invalid);
    assert!(house.introspection.verify(&access).await.is_err(), "its access tokens end with it");
    let audit = house.stores.audit.page_audit(None, None, 10).await.unwrap();
    assert_eq!(audit.len(), 1);
    assert_eq!(audit[0].action, AuditAction::RefreshTokenReused);
    assert_eq!(audit[0].session_id, Some(session.id));
}

#[tokio::test]
async fn once_the_successor_was_used_reuse_ends_the_session() {
    let house = House::new().await;
    let (.., first) = house.sign_in("oAlice").await;
    let second = refreshed(&house, &first).await;
    let third = refreshed(&house, &second).await;
    assert_eq!(refused(&house, &first).await, RefreshError::Reused);
    assert_eq!(refused(&house, &third).await, RefreshError::Invalid);
}

#[tokio::test]
async fn what_was_not_made_here_ends_nothing() {
    let house = House::new().await;
    let (_, session, _, first) = house.sign_in("oAlice").await;
    let ahead = Session { generation: Generation(7), ..session.clone() };
    let never_given = house.refresh_tokens.issue(&ahead);
    let mut forged = first.expose().to_owned();
    forged.replace_range(70..71, if &forged[70..71] == "A" { "B" } else { "A" });
    for token in [never_given, RefreshToken::new(forged), RefreshToken::new("x".into())] {
        assert_eq!(refused(&house, &token).await, RefreshError::Invalid);
    }
    refreshed(&house, &first).await;
    assert_eq!(house.stores.audit.page_audit(None, None, 10).await, Ok(vec![]));
}

#[tokio::test]
async fn many_at_once_get_one_successor() {
    let house = House::new().await;
    let (.., first) = house.sign_in("oAlice").await;
    let all = join_all((0..32).map(|_| refreshed(&house, &first))).await;
    assert!(all.iter().all(|token| *token == all[0]));
    refreshed(&house, &all[0]).await;
}

#[tokio::test]
async fn sessions_end_when_idle_and_at_the_latest() {
    let house = House::new().await;
    let (_, session, _, mut token) = house.sign_in("oAlice").await;
    house.clock.advance(POLICY.idle.saturating_sub(Duration::from_millis(1)));
    token = refreshed(&house, &token).await;
    while house.clock.now().plus(POLICY.idle) < session.ends_at {
        house.clock.advance(POLICY.idle / 2);
        token = refreshed(&house, &token).await;
    }
    let left = session.ends_at.since(house.clock.now());
    let last = house.refresh.refresh(&token).await.unwrap();
    assert_eq!(last.refresh.expires_in, left, "never past the end");
    house.clock.advance(left);
    assert_eq!(refused(&house, &last.refresh.token).await, RefreshError::Invalid);

    let (.., idle) = house.sign_in("oBob").await;
    house.clock.advance(POLICY.idle);
    assert_eq!(refused(&house, &idle).await, RefreshError::Invalid);
}

#[tokio::test]
async fn a_banned_user_is_told_so() {
    let house = House::new().await;
    let (user, _, _, first) = house.sign_in("oAlice").await;
    let second = refreshed(&house, &first).await;
    let change = UserChange {
        user_id: user.id,
        status: Some(UserStatus::Disabled),
        user_type: None,
        tokens_until: house.clock.now(),
        events: vec![],
        now: house.clock.now(),
    };
    house.stores.accounts.change_user(change).await.unwrap();
    assert_eq!(refused(&house, &second).await, RefreshError::UserDisabled);
    assert_eq!(refused(&house, &first).await, RefreshError::UserDisabled);
}
