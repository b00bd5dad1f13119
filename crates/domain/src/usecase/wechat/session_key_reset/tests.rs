use std::time::Duration;

use super::*;
use crate::model::{OpenId, SessionKey, WechatAccessToken};
use crate::ports::{FetchedAccessToken, MockWechatGateway, WechatReply};
use crate::testing::FakeSealer;
use crate::testing::contract::app_id;
use crate::usecase::test_house::{House, operator};

fn key(letter: &str) -> SessionKey {
    SessionKey::parse(&format!("{}A==", letter.repeat(21))).unwrap()
}

fn alice() -> IdentityKey {
    IdentityKey { app_id: app_id(1), open_id: OpenId::parse("oAlice").unwrap() }
}

/// A WeChat that puts key `B` in the place of key `A`.
fn wechat() -> MockWechatGateway {
    let mut wechat = MockWechatGateway::new();
    wechat.expect_access_token().returning(|_, _| {
        let token = WechatAccessToken::parse("token").unwrap();
        Ok(FetchedAccessToken { token, expires_in: Duration::from_hours(2) })
    });
    wechat.expect_reset_session_key().returning(|_, _, _, old| {
        let reply = WechatReply::default();
        if *old == key("A") { Ok(key("B")) } else { Err(ResetSessionKeyError::KeyInvalid(reply)) }
    });
    wechat
}

fn reset(house: &House) -> SessionKeyReset {
    let wechat: Arc<dyn WechatGateway> = Arc::new(wechat());
    SessionKeyReset::new(SessionKeyResetParts {
        accounts: house.stores.accounts.clone(),
        sealer: Arc::new(FakeSealer),
        tokens: Arc::new(house.wechat_tokens(wechat.clone())),
        wechat,
        clock: house.clock.clone(),
    })
}

#[tokio::test]
async fn the_new_key_stands_in_the_place_of_all_before() {
    let house = House::new().await;
    let reset = reset(&house);
    house.sign_in_with_key("oAlice", &key("A")).await;
    let user = house.stores.accounts.find_by_identity(&alice()).await.unwrap().unwrap();
    assert_eq!(reset.reset(&operator(&[]), user.id, &app_id(1)).await, Ok(()));
    let stored = house.stores.accounts.session_keys(&alice()).await.unwrap().unwrap();
    let opened = open_session_key(&FakeSealer, &alice(), &stored.current.sealed).unwrap();
    assert!(opened == key("B") && stored.previous.is_none());
    let again = reset.reset(&operator(&[]), user.id, &app_id(1)).await;
    assert_eq!(again, Err(ResetError::SessionKeyStale), "WeChat knows another by now");
}

#[tokio::test]
async fn users_of_other_apps_are_not_found() {
    let house = House::new().await;
    let reset = reset(&house);
    house.sign_in_with_key("oAlice", &key("A")).await;
    let user = house.stores.accounts.find_by_identity(&alice()).await.unwrap().unwrap();
    for (apps, app) in [(vec![], app_id(2)), (vec![app_id(2)], app_id(1))] {
        let refused = reset.reset(&operator(&apps), user.id, &app).await;
        assert_eq!(refused, Err(ResetError::NotFound), "{app}");
    }
}
