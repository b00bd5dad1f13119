use std::time::Duration;

use super::*;
use crate::ports::{PhoneNumberError, WechatReply};
use crate::usecase::harness::{Harness, wechat_with_token};

/// An instance with a WeChat where `oAlice-13800138000` is the code of oAlice's number.
async fn harness() -> Harness {
    let mut wechat = wechat_with_token();
    wechat.expect_phone_number().returning(|_, _, code, open_id| {
        let (owner, number) = code.expose().split_once('-').unwrap();
        if open_id.as_str() == owner {
            Ok(PhoneNumber::parse("86", number.split('_').next().unwrap()).unwrap())
        } else {
            Err(PhoneNumberError::CodeInvalid(WechatReply::default()))
        }
    });
    Harness::with(|ports, _| ports.wechat = Arc::new(wechat)).await
}

fn code(text: &str) -> PhoneCodeClaim {
    PhoneCodeClaim(text.into())
}

#[tokio::test]
async fn a_number_is_encrypted_for_its_owner() {
    let harness = harness().await;
    let phones = &harness.phones;
    let (user, _, access, _) = harness.sign_in("oAlice").await;
    assert_eq!(phones.of(&user), Ok(None));
    let bound = phones.bind(&access, &code("oAlice-13800138000")).await.unwrap();
    let number = phones.of(&bound).unwrap().unwrap();
    assert_eq!((number.country_code(), number.national()), ("86", "13800138000"));
    assert_eq!(harness.stores.accounts.find_user(user.id).await, Ok(Some(bound.clone())));
    let (bob, ..) = harness.sign_in("oBob").await;
    let moved = User { phone: bound.phone, ..bob };
    assert_eq!(phones.of(&moved), Err(PhoneUnreadable), "it opens in its own row only");
}

#[tokio::test]
async fn a_code_is_good_for_its_owner_once() {
    let harness = harness().await;
    let phones = &harness.phones;
    let (_, _, alice, _) = harness.sign_in("oAlice").await;
    let (_, _, bob, _) = harness.sign_in("oBob").await;
    let of_alice = code("oAlice-13800138000");
    for nonsense in ["", "a b", "oAlice-13800138000\n"] {
        assert_eq!(phones.bind(&alice, &code(nonsense)).await, Err(PhoneError::CodeInvalid));
    }
    assert_eq!(phones.bind(&bob, &of_alice).await, Err(PhoneError::CodeInvalid));
    assert!(phones.bind(&alice, &code("oAlice-13800138000_2")).await.is_ok());
    let again = phones.bind(&alice, &code("oAlice-13800138000_2")).await;
    assert_eq!(again, Err(PhoneError::CodeInvalid));
}

#[tokio::test]
async fn a_number_of_somebody_else_is_not_stolen() {
    let harness = harness().await;
    let phones = &harness.phones;
    let (_, _, alice, _) = harness.sign_in("oAlice").await;
    let (_, _, bob, _) = harness.sign_in("oBob").await;
    phones.bind(&alice, &code("oAlice-13800138000")).await.unwrap();
    let taken = phones.bind(&bob, &code("oBob-13800138000")).await;
    assert_eq!(taken, Err(PhoneError::Taken));
    assert!(phones.bind(&bob, &code("oBob-13800138001")).await.is_ok());
}

#[tokio::test]
async fn only_changing_a_number_needs_a_recent_login() {
    let harness = harness().await;
    let phones = &harness.phones;
    let (_, _, access, _) = harness.sign_in("oAlice").await;
    harness.clock.advance(Duration::from_mins(5));
    phones.bind(&access, &code("oAlice-13800138000")).await.unwrap();
    let change = code("oAlice-13800138001");
    let refused = phones.bind(&access, &change).await;
    assert_eq!(refused, Err(AuthenticationError::ReauthenticationRequired.into()));
    let (_, _, fresh, _) = harness.sign_in("oAlice").await;
    let changed = phones.bind(&fresh, &change).await.unwrap();
    assert_eq!(phones.of(&changed).unwrap().unwrap().national(), "13800138001");
}
