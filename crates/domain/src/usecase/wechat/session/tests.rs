use super::*;
use crate::model::{OpenId, WechatAccessToken};
use crate::ports::{FetchedAccessToken, MockWechatGateway, WechatReply};
use crate::testing::contract::app_id;
use crate::testing::{FakeSealer, FakeWechatCrypto};
use crate::usecase::test_house::House;

fn key(letter: &str) -> SessionKey {
    SessionKey::parse(&format!("{}A==", letter.repeat(21))).unwrap()
}

fn session(house: &House, wechat: MockWechatGateway) -> WechatSession {
    let wechat: Arc<dyn WechatGateway> = Arc::new(wechat);
    WechatSession::new(WechatSessionParts {
        current_user: house.current_user.clone(),
        reader: OpenDataReader::new(
            Arc::new(FakeWechatCrypto),
            house.clock.clone(),
            OpenDataReader::MAX_AGE,
        ),
        accounts: house.stores.accounts.clone(),
        sealer: Arc::new(FakeSealer),
        wechat: wechat.clone(),
        tokens: Arc::new(house.wechat_tokens(wechat)),
        clock: house.clock.clone(),
    })
}

fn encrypted(house: &House, key: &SessionKey) -> (String, String) {
    FakeWechatCrypto.encrypt(key, &app_id(1), house.clock.now(), r#"{"steps":1}"#)
}

#[tokio::test]
async fn the_previous_key_is_tried_until_its_time() {
    let house = House::new().await;
    let session = session(&house, MockWechatGateway::new());
    let (first, second) = (key("A"), key("B"));
    let access = house.sign_in_with_key("oAlice", &first).await;
    let (data, iv) = encrypted(&house, &first);
    let opened = session.decrypt(&access, &data, &iv).await.unwrap();
    assert_eq!(opened.json(), r#"{"steps":1}"#);
    house.clock.advance(Duration::from_secs(1));
    house.replace_key("oAlice", &second).await;
    let signature = FakeWechatCrypto.sign_raw_data(&first, "{}");
    assert!(session.decrypt(&access, &data, &iv).await.is_ok());
    assert_eq!(session.verify(&access, "{}", &signature).await, Ok(()));
    assert_eq!(
        session.verify(&access, "{ }", &signature).await,
        Err(WechatSessionError::SessionKeyStale)
    );
    house.clock.advance(Duration::from_mins(10));
    let (data, iv) = encrypted(&house, &first);
    let stale = session.decrypt(&access, &data, &iv).await.unwrap_err();
    assert_eq!(stale, WechatSessionError::SessionKeyStale);
    assert_eq!(
        session.verify(&access, "{}", &signature).await,
        Err(WechatSessionError::SessionKeyStale)
    );
    let (data, iv) = encrypted(&house, &second);
    assert!(session.decrypt(&access, &data, &iv).await.is_ok());
}

#[tokio::test]
async fn what_cannot_be_wechats_is_told_from_a_stale_key() {
    let house = House::new().await;
    let session = session(&house, MockWechatGateway::new());
    let access = house.sign_in_with_key("oAlice", &key("A")).await;
    let (data, iv) = encrypted(&house, &key("A"));
    let short = session.decrypt(&access, &data, "AAAA").await.unwrap_err();
    assert_eq!(short, WechatSessionError::Invalid);
    let blank = session.decrypt(&access, " a", &iv).await.unwrap_err();
    assert!(matches!(blank, WechatSessionError::NotBase64(_)), "{blank:?}");
    let unsigned = session.verify(&access, "{}", "00").await;
    assert_eq!(unsigned, Err(WechatSessionError::Invalid));
    let nobody = session.decrypt("token", &data, &iv).await.unwrap_err();
    assert_eq!(nobody, NotSignedIn::TokenInvalid.into());
}

#[tokio::test]
async fn wechat_is_asked_about_the_current_key() {
    let house = House::new().await;
    let mut wechat = MockWechatGateway::new();
    wechat.expect_access_token().returning(|_, _| {
        let token = WechatAccessToken::parse("token").unwrap();
        Ok(FetchedAccessToken { token, expires_in: Duration::from_hours(2) })
    });
    let expected = key("A");
    let of_alice = move |open_id: &OpenId, asked: &SessionKey| {
        open_id.as_str() == "oAlice" && asked.expose() == expected.expose()
    };
    let mut answers = vec![
        Ok(true),
        Ok(false),
        Err(WechatFault::RateLimited {
            reply: WechatReply::default(),
            retry_after: Duration::from_secs(9),
        }
        .into()),
    ]
    .into_iter();
    wechat
        .expect_check_session_key()
        .withf(move |app, _, open_id, asked| *app == app_id(1) && of_alice(open_id, asked))
        .times(3)
        .returning(move |_, _, _, _| answers.next().unwrap());
    let session = session(&house, wechat);
    let access = house.sign_in_with_key("oAlice", &key("A")).await;
    assert_eq!(session.check_session_key(&access).await, Ok(true));
    assert_eq!(session.check_session_key(&access).await, Ok(false));
    let limited = session.check_session_key(&access).await;
    let retry_after = Duration::from_secs(9);
    assert_eq!(limited, Err(WechatSessionError::RateLimited { retry_after }));
}
