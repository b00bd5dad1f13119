use std::time::Duration;

use super::*;
use crate::model::OpenId;
use crate::ports::{Clock, WechatReply};
use crate::testing::FakeWechatCrypto;
use crate::testing::contract::app_id;
use crate::usecase::harness::{Harness, wechat_with_token};

fn key(letter: &str) -> SessionKey {
    SessionKey::parse(&format!("{}A==", letter.repeat(21))).unwrap()
}

fn encrypted(harness: &Harness, key: &SessionKey) -> (String, String) {
    FakeWechatCrypto.encrypt(key, &app_id(1), harness.clock.now(), r#"{"steps":1}"#)
}

#[tokio::test]
async fn the_previous_key_works_until_it_expires() {
    let harness = Harness::new().await;
    let session = &harness.wechat_session;
    let (first, second) = (key("A"), key("B"));
    let access = harness.sign_in_with_key("oAlice", &first).await;
    let (data, iv) = encrypted(&harness, &first);
    let opened = session.decrypt(&access, &data, &iv).await.unwrap();
    assert_eq!(opened.json(), r#"{"steps":1}"#);
    harness.clock.advance(Duration::from_secs(1));
    harness.replace_key("oAlice", &second).await;
    let signature = FakeWechatCrypto.sign_raw_data(&first, "{}");
    assert!(session.decrypt(&access, &data, &iv).await.is_ok());
    assert_eq!(session.verify(&access, "{}", &signature).await, Ok(()));
    assert_eq!(
        session.verify(&access, "{ }", &signature).await,
        Err(OpenDataError::SessionKeyStale.into())
    );
    harness.clock.advance(Duration::from_mins(10));
    let (data, iv) = encrypted(&harness, &first);
    let stale = session.decrypt(&access, &data, &iv).await.unwrap_err();
    assert_eq!(stale, OpenDataError::SessionKeyStale.into());
    assert_eq!(
        session.verify(&access, "{}", &signature).await,
        Err(OpenDataError::SessionKeyStale.into())
    );
    let (data, iv) = encrypted(&harness, &second);
    assert!(session.decrypt(&access, &data, &iv).await.is_ok());
}

#[tokio::test]
async fn malformed_data_is_told_apart_from_a_stale_key() {
    let harness = Harness::new().await;
    let session = &harness.wechat_session;
    let access = harness.sign_in_with_key("oAlice", &key("A")).await;
    let (data, iv) = encrypted(&harness, &key("A"));
    let short = session.decrypt(&access, &data, "AAAA").await.unwrap_err();
    assert_eq!(short, OpenDataError::Invalid.into());
    let blank = session.decrypt(&access, " a", &iv).await.unwrap_err();
    assert!(
        matches!(blank, WechatSessionError::OpenData(OpenDataError::NotBase64(_))),
        "{blank:?}"
    );
    let unsigned = session.verify(&access, "{}", "00").await;
    assert_eq!(unsigned, Err(OpenDataError::Invalid.into()));
    let nobody = session.decrypt("token", &data, &iv).await.unwrap_err();
    assert_eq!(nobody, AuthenticationError::TokenInvalid.into());
}

#[tokio::test]
async fn wechat_is_asked_about_the_current_key() {
    let mut wechat = wechat_with_token();
    let expected = key("A");
    let of_alice = move |open_id: &OpenId, asked: &SessionKey| {
        open_id.as_str() == "oAlice" && asked.expose() == expected.expose()
    };
    let (reply, retry_after) = (WechatReply::default(), Duration::from_secs(9));
    let limited = WechatFault::RateLimited { reply, retry_after };
    let mut answers = vec![Ok(true), Ok(false), Err(limited.clone().into())].into_iter();
    wechat
        .expect_check_session_key()
        .withf(move |app, _, open_id, asked| *app == app_id(1) && of_alice(open_id, asked))
        .times(3)
        .returning(move |_, _, _, _| answers.next().unwrap());
    let harness = Harness::with(|ports, _| ports.wechat = Arc::new(wechat)).await;
    let session = &harness.wechat_session;
    let access = harness.sign_in_with_key("oAlice", &key("A")).await;
    assert_eq!(session.check_session_key(&access).await, Ok(true));
    assert_eq!(session.check_session_key(&access).await, Ok(false));
    assert_eq!(session.check_session_key(&access).await, Err(limited.into()));
}
