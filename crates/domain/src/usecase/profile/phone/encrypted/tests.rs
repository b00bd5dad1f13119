use std::time::Duration;

use super::*;
use crate::model::{Apps, SessionKey};
use crate::ports::Clock;
use crate::testing::FakeWechatCrypto;
use crate::testing::contract::app_id;
use crate::usecase::harness::{Harness, wechat_with_token};

fn key() -> SessionKey {
    SessionKey::parse("tiihtNczf5v6AKRyjwEUhQ==").unwrap()
}

/// An instance whose WeChat says this of all encrypted data.
async fn harness(genuine: Result<bool, WechatFault>) -> Harness {
    let mut wechat = wechat_with_token();
    wechat.expect_check_encrypted_data().returning(move |_, _, _| Ok(genuine.clone()?));
    Harness::with(|ports, _| ports.wechat = Arc::new(wechat)).await
}

fn encrypted(harness: &Harness, phone: &str) -> (String, String) {
    FakeWechatCrypto.encrypt(&key(), &app_id(1), harness.clock.now(), phone)
}

#[tokio::test]
async fn a_number_that_wechat_knows_is_bound() {
    let harness = harness(Ok(true)).await;
    let phones = &harness.encrypted_phones;
    let alice = harness.sign_in_with_key("oAlice", &key()).await;
    let (data, iv) = encrypted(&harness, "86 13800138000");
    let user = phones.bind(&alice, &data, &iv).await.unwrap();
    assert_eq!(harness.phones.of(&user).unwrap().unwrap().national(), "13800138000");
    let bob = harness.sign_in_with_key("oBob", &key()).await;
    assert_eq!(phones.bind(&bob, &data, &iv).await, Err(EncryptedPhoneError::Taken));
    harness.clock.advance(Duration::from_mins(5));
    let (data, iv) = encrypted(&harness, "86 13800138001");
    let late = phones.bind(&alice, &data, &iv).await;
    assert_eq!(late, Err(AuthenticationError::ReauthenticationRequired.into()));
}

#[tokio::test]
async fn data_that_is_not_from_wechat_is_refused() {
    let retry_after = Duration::from_secs(2);
    let resting = WechatFault::NotAsked { what: "it rests", retry_after };
    for (genuine, expected) in
        [(Ok(false), OpenDataError::Invalid.into()), (Err(resting.clone()), resting.into())]
    {
        let harness = harness(genuine).await;
        let alice = harness.sign_in_with_key("oAlice", &key()).await;
        let (data, iv) = encrypted(&harness, "86 13800138000");
        assert_eq!(harness.encrypted_phones.bind(&alice, &data, &iv).await, Err(expected));
    }
    let harness = harness(Ok(true)).await;
    let alice = harness.sign_in_with_key("oAlice", &key()).await;
    let (no_number, iv) = encrypted(&harness, r#"{"steps":1}"#);
    let refused = harness.encrypted_phones.bind(&alice, &no_number, &iv).await;
    assert_eq!(refused, Err(OpenDataError::Invalid.into()));
}

#[tokio::test]
async fn they_are_accepted_only_for_apps_that_enable_them() {
    let harness = harness(Ok(true)).await;
    let other = harness.another(|_, policies| {
        let mut apps = policies.apps.iter().cloned().collect::<Vec<_>>();
        apps[0].encrypted_phone = false;
        policies.apps = Apps::new(apps);
    });
    let alice = harness.sign_in_with_key("oAlice", &key()).await;
    let (data, iv) = encrypted(&harness, "86 13800138000");
    let refused = other.await.encrypted_phones.bind(&alice, &data, &iv).await;
    assert_eq!(refused, Err(EncryptedPhoneError::Disabled));
    assert!(harness.encrypted_phones.bind(&alice, &data, &iv).await.is_ok());
}
