use super::*;
use crate::model::{OpenId, SessionKey};
use crate::ports::WechatReply;
use crate::testing::FakeSealer;
use crate::testing::contract::app_id;
use crate::usecase::harness::{Harness, operator, wechat_with_token};

fn key(letter: &str) -> SessionKey {
    SessionKey::parse(&format!("{}A==", letter.repeat(21))).unwrap()
}

fn alice() -> IdentityKey {
    IdentityKey { app_id: app_id(1), open_id: OpenId::parse("oAlice").unwrap() }
}

/// An instance whose WeChat replaces key `A` by key `B`.
async fn harness() -> Harness {
    let mut wechat = wechat_with_token();
    wechat.expect_reset_session_key().returning(|_, _, _, old| {
        let reply = WechatReply::default();
        if *old == key("A") { Ok(key("B")) } else { Err(ResetSessionKeyError::KeyInvalid(reply)) }
    });
    Harness::with(|ports, _| ports.wechat = Arc::new(wechat)).await
}

#[tokio::test]
async fn the_new_key_replaces_all_others() {
    let harness = harness().await;
    let reset = &harness.session_key_reset;
    harness.sign_in_with_key("oAlice", &key("A")).await;
    let user = harness.stores.accounts.find_by_identity(&alice()).await.unwrap().unwrap();
    assert_eq!(reset.reset(&operator(&[]), user.id, &app_id(1)).await, Ok(()));
    let stored = harness.stores.session_keys.find_session_keys(&alice()).await.unwrap().unwrap();
    let opened = open_session_key(&FakeSealer, &alice(), &stored.current.sealed).unwrap();
    assert!(opened == key("B") && stored.previous.is_none());
    let again = reset.reset(&operator(&[]), user.id, &app_id(1)).await;
    assert_eq!(again, Err(ResetError::SessionKeyStale), "WeChat has another one by now");
}

#[tokio::test]
async fn users_of_other_apps_are_not_found() {
    let harness = harness().await;
    let reset = &harness.session_key_reset;
    harness.sign_in_with_key("oAlice", &key("A")).await;
    let user = harness.stores.accounts.find_by_identity(&alice()).await.unwrap().unwrap();
    for (apps, app) in [(vec![], app_id(2)), (vec![app_id(2)], app_id(1))] {
        let refused = reset.reset(&operator(&apps), user.id, &app).await;
        assert_eq!(refused, Err(ResetError::NotFound), "{app}");
    }
}
