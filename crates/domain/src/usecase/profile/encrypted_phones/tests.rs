use std::time::Duration;

use super::*;
use crate::model::{SessionKey, WechatAccessToken};
use crate::ports::{Clock, FetchedAccessToken, MockWechatGateway, WechatFault};
use crate::testing::contract::app_id;
use crate::testing::{FakeSealer, FakeWechatCrypto};
use crate::usecase::test_house::House;
use crate::usecase::wechat::open_data::OpenDataReader;
use crate::usecase::wechat::session::WechatSessionParts;

fn key() -> SessionKey {
    SessionKey::parse("tiihtNczf5v6AKRyjwEUhQ==").unwrap()
}

/// A WeChat that says this of whatever it is asked about.
fn wechat(genuine: Result<bool, WechatFault>) -> Arc<dyn WechatGateway> {
    let mut wechat = MockWechatGateway::new();
    wechat.expect_access_token().returning(|_, _| {
        let token = WechatAccessToken::parse("token").unwrap();
        Ok(FetchedAccessToken { token, expires_in: Duration::from_hours(2) })
    });
    wechat.expect_check_encrypted_data().returning(move |_, _, _| Ok(genuine.clone()?));
    Arc::new(wechat)
}

fn encrypted_phones(
    house: &House,
    wechat: Arc<dyn WechatGateway>,
    apps: BTreeSet<AppId>,
) -> EncryptedPhones {
    let tokens = Arc::new(house.wechat_tokens(wechat.clone()));
    let crypto = Arc::new(FakeWechatCrypto);
    let session = WechatSessionParts {
        current_user: house.current_user.clone(),
        reader: OpenDataReader::new(crypto.clone(), house.clock.clone(), OpenDataReader::MAX_AGE),
        accounts: house.stores.accounts.clone(),
        sealer: Arc::new(FakeSealer),
        wechat: wechat.clone(),
        tokens: tokens.clone(),
        clock: house.clock.clone(),
    };
    EncryptedPhones::new(EncryptedPhonesParts {
        apps,
        wechat_session: Arc::new(WechatSession::new(session)),
        phones: Arc::new(house.phones(wechat.clone())),
        crypto,
        wechat,
        tokens,
    })
}

fn taken() -> BTreeSet<AppId> {
    BTreeSet::from([app_id(1)])
}

fn encrypted(house: &House, phone: &str) -> (String, String) {
    FakeWechatCrypto.encrypt(&key(), &app_id(1), house.clock.now(), phone)
}

#[tokio::test]
async fn a_number_that_wechat_knows_is_bound() {
    let house = House::new().await;
    let phones = encrypted_phones(&house, wechat(Ok(true)), taken());
    let alice = house.sign_in_with_key("oAlice", &key()).await;
    let (data, iv) = encrypted(&house, "86 13800138000");
    let user = phones.bind(&alice, &data, &iv).await.unwrap();
    assert_eq!(phones.0.phones.of(&user).unwrap().unwrap().national(), "13800138000");
    let bob = house.sign_in_with_key("oBob", &key()).await;
    assert_eq!(phones.bind(&bob, &data, &iv).await, Err(EncryptedPhoneError::Taken));
    house.clock.advance(Duration::from_mins(5));
    let (data, iv) = encrypted(&house, "86 13800138001");
    let late = phones.bind(&alice, &data, &iv).await;
    assert_eq!(late, Err(NotSignedIn::ReauthenticationRequired.into()));
}

#[tokio::test]
async fn what_opens_and_is_not_wechats_is_refused() {
    let house = House::new().await;
    let alice = house.sign_in_with_key("oAlice", &key()).await;
    let (data, iv) = encrypted(&house, "86 13800138000");
    let retry_after = Duration::from_secs(2);
    let away = WechatFault::NotAsked { what: "it rests", retry_after };
    for (genuine, expected) in [
        (Ok(false), WechatSessionError::Invalid),
        (Err(away), WechatSessionError::WechatUnavailable { retry_after }),
    ] {
        let phones = encrypted_phones(&house, wechat(genuine), taken());
        assert_eq!(phones.bind(&alice, &data, &iv).await, Err(expected.into()));
    }
    let (no_number, iv) = encrypted(&house, r#"{"steps":1}"#);
    let phones = encrypted_phones(&house, wechat(Ok(true)), taken());
    let refused = phones.bind(&alice, &no_number, &iv).await;
    assert_eq!(refused, Err(WechatSessionError::Invalid.into()));
}

#[tokio::test]
async fn they_are_taken_for_the_apps_that_say_so() {
    let house = House::new().await;
    let alice = house.sign_in_with_key("oAlice", &key()).await;
    let (data, iv) = encrypted(&house, "86 13800138000");
    let phones = encrypted_phones(&house, wechat(Ok(true)), BTreeSet::from([app_id(2)]));
    assert_eq!(phones.bind(&alice, &data, &iv).await, Err(EncryptedPhoneError::Off));
}
