//! `POST /sim/open-data` and `POST /wxa/business/checkencryptedmsg`.

use aws_lc_rs::cipher::{AES_128, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey};
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use aws_lc_rs::iv::FixedLength;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{APP, OTHER_APP, OTHER_SECRET, Sim, hex, json_of, text};

async fn open_data(sim: &Sim, mut wanted: Value) -> Value {
    if wanted.get("appId").is_none() {
        wanted["appId"] = APP.into();
    }
    sim.control(Method::POST, "/sim/open-data", wanted).await
}

/// Decrypts the data with this session key.
fn decrypt(response: &Value, session_key: &str) -> Option<Value> {
    let decode = |text: &str| BASE64_STANDARD.decode(text).unwrap();
    let mut encrypted = decode(&text(response, "encryptedData"));
    let iv: [u8; 16] = decode(&text(response, "iv")).try_into().unwrap();
    let key = UnboundCipherKey::new(&AES_128, &decode(session_key)).unwrap();
    let key = PaddedBlockDecryptingKey::cbc_pkcs7(key).unwrap();
    let plain =
        key.decrypt(&mut encrypted, DecryptionContext::Iv128(FixedLength::from(iv))).ok()?;
    serde_json::from_slice(plain).ok()
}

fn signed(response: &Value, session_key: &str) -> bool {
    let signed = text(response, "rawData") + session_key;
    hex(digest(&SHA1_FOR_LEGACY_USE_ONLY, signed.as_bytes()).as_ref())
        == text(response, "signature")
}

#[tokio::test]
async fn data_is_encrypted_and_signed_with_the_session_key() {
    let sim = Sim::start().await;
    let (openid, key) = sim.person().await;
    let data = json!({"nickName": "微信用户 🐱", "gender": 0, "url": "http://a/b"});
    let response = open_data(&sim, json!({"openid": openid, "data": data})).await;
    assert_eq!(response.as_object().unwrap().len(), 4, "{response}");
    assert_eq!(text(&response, "rawData"), data.to_string(), "the fields keep their order");
    assert!(signed(&response, &key));

    let mut opened = decrypt(&response, &key).expect("the key decrypts it");
    let watermark = opened.as_object_mut().unwrap().remove("watermark").unwrap();
    assert_eq!(opened, data);
    assert_eq!(watermark["appid"], APP);
    let now = sim.get("/sim/clock").await["now"].as_u64().unwrap() / 1000;
    assert!((now - 5..=now).contains(&watermark["timestamp"].as_u64().unwrap()));

    let again = open_data(&sim, json!({"openid": openid, "data": data})).await;
    assert_ne!(response["iv"], again["iv"]);
    assert_ne!(response["encryptedData"], again["encryptedData"]);
}

#[tokio::test]
async fn the_watermark_can_be_chosen() {
    let sim = Sim::start().await;
    let (openid, key) = sim.person().await;
    let watermark = json!({"appid": OTHER_APP, "timestamp": 1_477_314_187});
    let wanted = json!({"openid": openid, "data": {}, "watermark": watermark});
    let response = open_data(&sim, wanted).await;
    assert_eq!(decrypt(&response, &key).unwrap()["watermark"], watermark);
}

#[tokio::test]
async fn the_previous_session_key_can_be_used() {
    let sim = Sim::start().await;
    let (openid, old) = sim.person().await;
    sim.advance(31).await;
    let (code, _) = sim.code(json!({"appId": APP, "openid": openid})).await;
    let new = text(&sim.exchange(&code).await, "session_key");
    for (which, key, other) in [("previous", &old, &new), ("current", &new, &old)] {
        let wanted = json!({"openid": openid, "data": {"a": 1}, "sessionKey": which});
        let response = open_data(&sim, wanted).await;
        assert_eq!(decrypt(&response, key).unwrap()["a"], 1);
        assert!(signed(&response, key));
        assert!(decrypt(&response, other).is_none());
        assert!(!signed(&response, other));
    }
    let people = sim.get("/sim/people").await;
    assert_eq!(people["people"][0]["sessionKey"], new.as_str());
    assert_eq!(people["people"][0]["previousSessionKey"], old.as_str());
}

#[tokio::test]
async fn invalid_requests_are_refused_with_a_reason() {
    let sim = Sim::start_single().await;
    let (openid, _) = sim.person().await;
    let (_, without_a_login) = sim.code(json!({})).await;
    for (wanted, hint) in [
        (json!({"data": {}}), "missing field `openid`"),
        (json!({"openid": openid}), "missing field `data`"),
        (json!({"openid": openid, "data": "{}"}), "expected a map"),
        (json!({"openid": openid, "data": {"watermark": {}}}), "beside `data`"),
        (json!({"openid": openid, "data": {}, "watermark": {"appId": "x"}}), "unknown field"),
        (json!({"openid": openid, "data": {}, "sessionKey": "next"}), "previous"),
        (
            json!({"openid": openid, "data": {}, "sessionKey": "previous"}),
            "no previous session key",
        ),
        (json!({"openid": without_a_login, "data": {}}), "no session key yet"),
        (json!({"openid": "o-nobody", "data": {}}), "Nobody has this openid"),
    ] {
        let request = sim.http.post(sim.url("/sim/open-data")).body(wanted.to_string());
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 400, "{wanted}");
        let error = text(&json_of(response).await, "error");
        assert!(error.contains(hint), "{wanted}: {error}");
    }
}

/// The response of checkencryptedmsg, which must be the same for a form and for JSON.
async fn checked(sim: &Sim, token: &str, response: &Value) -> Value {
    let hash = hex(digest(&SHA256, text(response, "encryptedData").as_bytes()).as_ref());
    let path = format!("/wxa/business/checkencryptedmsg?access_token={token}");
    let form = sim.http.post(sim.url(&path)).body(format!("encrypted_msg_hash={hash}"));
    let form = json_of(form.send().await.unwrap()).await;
    let json = sim.post_json(&path, json!({"encrypted_msg_hash": hash})).await;
    assert_eq!(form, json);
    form
}

#[tokio::test]
async fn encrypted_phone_data_are_recognised_for_three_days() {
    let sim = Sim::start().await;
    let (openid, _) = sim.person().await;
    let phone = json!({"phoneNumber": "13800000000", "purePhoneNumber": "13800000000", "countryCode": "86"});
    let phone = open_data(&sim, json!({"openid": openid, "data": phone})).await;
    let other = open_data(&sim, json!({"openid": openid, "data": {"nickName": "a"}})).await;

    let answer = checked(&sim, &sim.token().await, &phone).await;
    let created = answer["create_time"].as_u64().unwrap();
    let now = sim.get("/sim/clock").await["now"].as_u64().unwrap() / 1000;
    assert!((now - 5..=now).contains(&created));
    let expected = json!({"errcode": 0, "errmsg": "ok", "vaild": true, "create_time": created});
    assert_eq!(answer, expected);
    assert_eq!(checked(&sim, &sim.token().await, &other).await["vaild"], false);

    let elsewhere =
        json!({"grant_type": "client_credential", "appid": OTHER_APP, "secret": OTHER_SECRET});
    let elsewhere = sim.post_json("/cgi-bin/stable_token", elsewhere).await;
    let elsewhere = checked(&sim, &text(&elsewhere, "access_token"), &phone).await;
    assert_eq!(elsewhere["vaild"], false);

    sim.advance(3 * 86_400 - 10).await;
    assert_eq!(checked(&sim, &sim.token().await, &phone).await["vaild"], true);
    sim.advance(20).await;
    assert_eq!(checked(&sim, &sim.token().await, &phone).await["vaild"], false);

    let path = format!("/wxa/business/checkencryptedmsg?access_token={}", sim.token().await);
    assert_eq!(sim.post_json(&path, json!({})).await["errcode"], 47001);
}
