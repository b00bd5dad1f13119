use serde_json::json;
use wxlogin_domain::model::{AppId, SessionKey};
use wxlogin_domain::ports::Clock;
use wxlogin_domain::testing::FakeWechatCrypto;

use super::apps::APP;
use super::call::{Answer, Call};
use super::harness::Harness;

impl Harness {
    async fn open_data(&self, what: &str, token: &str, body: [(&str, &str); 2]) -> Answer {
        let body = json!({ body[0].0: body[0].1, body[1].0: body[1].1 });
        let path = format!("/v1/me/open-data/{what}");
        self.send(Call::post(&path).bearer(token).json(&body)).await
    }
}

/// The session key from the fake WeChat.
fn key() -> SessionKey {
    SessionKey::parse("tiihtNczf5v6AKRyjwEUhQ==").unwrap()
}

#[tokio::test]
async fn open_data_is_decrypted_or_refused() {
    let harness = Harness::new().await;
    let login = harness.log_in("code-alice-1").await;
    let token = login.text_at("accessToken");
    let app = AppId::parse(APP).unwrap();
    let encrypt = |key: &SessionKey| {
        FakeWechatCrypto.encrypt(key, &app, harness.clock.now(), r#"{"steps":1}"#)
    };
    let (data, iv) = encrypt(&key());
    let decrypt = |data: String, iv: String| async {
        let (data, iv) = (data, iv);
        harness.open_data("decrypt", token, [("encryptedData", &data), ("iv", &iv)]).await
    };
    let opened = decrypt(data.clone(), iv.clone()).await;
    assert_eq!(*opened.good(), json!({ "data": r#"{"steps":1}"# }));
    for (data, iv) in [(data.clone(), "AAAA".to_owned()), ("%".into(), iv.clone())] {
        assert_eq!(decrypt(data, iv).await.problem(), (400, "open_data_invalid"));
    }
    // The longest data that the document allows fits into a request.
    let longest = decrypt("A".repeat(16 * 1024), iv.clone()).await;
    assert_eq!(longest.problem(), (409, "session_key_stale"));
    let mismatch = decrypt(data, "AAAAAAAAAAAAAAAAAAAAAQ==".into()).await;
    assert_eq!(mismatch.problem(), (400, "open_data_invalid"));
    assert!(mismatch.detail().contains("`encryptedData` and `iv` are from different calls"));
    let (data, iv) = encrypt(&SessionKey::parse("AAAAAAAAAAAAAAAAAAAAAA==").unwrap());
    assert_eq!(decrypt(data, iv).await.problem(), (409, "session_key_stale"));
}

#[tokio::test]
async fn signatures_and_session_keys_are_checked() {
    let harness = Harness::new().await;
    let login = harness.log_in("code-alice-1").await;
    let token = login.text_at("accessToken");
    let signature = FakeWechatCrypto.sign_raw_data(&key(), "{}");
    let verify = async |raw| {
        harness.open_data("verify", token, [("rawData", raw), ("signature", &signature)]).await
    };
    assert_eq!(verify("{}").await.status, 204);
    assert_eq!(verify("{ }").await.problem(), (409, "session_key_stale"));
    let odd = harness.open_data("verify", token, [("rawData", "{}"), ("signature", "00")]).await;
    assert_eq!(odd.problem(), (400, "open_data_invalid"));
    for (person, valid) in [("alice", true), ("bob", false)] {
        let login = harness.log_in(&format!("code-{person}-2")).await;
        let check = Call::post("/v1/me/session-key/check").bearer(login.text_at("accessToken"));
        assert_eq!(*harness.send(check).await.good(), json!({ "valid": valid }));
    }
    let carol = harness.log_in("code-carol-1").await;
    let check = Call::post("/v1/me/session-key/check").bearer(carol.text_at("accessToken"));
    assert_eq!(harness.send(check).await.problem(), (503, "wechat_unavailable"));
}
