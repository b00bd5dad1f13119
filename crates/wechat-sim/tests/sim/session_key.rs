//! `GET /wxa/checksession` and `GET /wxa/resetusersessionkey`.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::harness::{APP, Sim, assert_error, sign, text};

const CHECK: &str = "/wxa/checksession";
const RESET: &str = "/wxa/resetusersessionkey";

async fn ask(sim: &Sim, path: &str, openid: &str, signature: &str) -> Value {
    let token = sim.token().await;
    let query = [
        ("access_token", token.as_str()),
        ("openid", openid),
        ("signature", signature),
        ("sig_method", "hmac_sha256"),
    ];
    sim.query(path, &query).await
}

async fn assert_valid(sim: &Sim, openid: &str, key: &str) {
    let answer = ask(sim, CHECK, openid, &sign(key.as_bytes())).await;
    assert_eq!(answer, json!({"errcode": 0, "errmsg": "ok"}));
}

async fn assert_invalid(sim: &Sim, openid: &str, key: &str) {
    let answer = ask(sim, CHECK, openid, &sign(key.as_bytes())).await;
    assert_error(&answer, 87009, "invalid signature");
}

#[tokio::test]
async fn only_the_text_of_the_key_signs() {
    let sim = Sim::start().await;
    let (openid, key) = sim.person().await;
    assert_valid(&sim, &openid, &key).await;

    let bytes = BASE64_STANDARD.decode(&key).unwrap();
    let good = sign(key.as_bytes());
    for path in [CHECK, RESET] {
        for wrong in [sign(&bytes), good.to_uppercase(), key.clone(), String::new()] {
            let answer = ask(&sim, path, &openid, &wrong).await;
            assert_error(&answer, 87009, "invalid signature");
        }
    }
    assert_valid(&sim, &openid, &key).await;
}

#[tokio::test]
async fn errors_are_those_of_wechat() {
    let sim = Sim::start().await;
    let (openid, key) = sim.person().await;
    let (token, signature) = (sim.token().await, sign(key.as_bytes()));
    let good = [
        ("access_token", token.as_str()),
        ("openid", openid.as_str()),
        ("signature", signature.as_str()),
        ("sig_method", "hmac_sha256"),
    ];
    for path in [CHECK, RESET] {
        for (name, value, errcode, message) in [
            ("sig_method", "hmac_sha1", 87008, "invalid sig_method"),
            ("sig_method", "", 87008, "invalid sig_method"),
            ("openid", "o-nobody", 40003, "invalid openid"),
            ("openid", "", 41009, "missing openid"),
        ] {
            let changed = good.map(|(n, v)| if n == name { (n, value) } else { (n, v) });
            assert_error(&sim.query(path, &changed).await, errcode, message);
        }
    }
    assert_valid(&sim, &openid, &key).await;
}

#[tokio::test]
async fn a_person_without_a_login_has_no_valid_key() {
    let sim = Sim::start().await;
    let (_, openid) = sim.code(json!({"appId": APP})).await;
    for signature in [sign(b""), String::new()] {
        let answer = ask(&sim, CHECK, &openid, &signature).await;
        assert_error(&answer, 87009, "invalid signature");
    }
}

#[tokio::test]
async fn a_login_with_a_new_key_invalidates_the_old_one() {
    let sim = Sim::start().await;
    let (openid, first) = sim.person().await;
    sim.advance(31).await;
    let (code, _) = sim.code(json!({"appId": APP, "openid": openid})).await;
    assert_valid(&sim, &openid, &first).await;
    let second = text(&sim.exchange(&code).await, "session_key");
    assert_ne!(first, second);
    assert_invalid(&sim, &openid, &first).await;
    assert_valid(&sim, &openid, &second).await;
}

#[tokio::test]
async fn a_reset_returns_a_new_key_and_invalidates_the_old_one() {
    let sim = Sim::start().await;
    let (openid, old) = sim.person().await;
    let answer = ask(&sim, RESET, &openid, &sign(old.as_bytes())).await;
    assert_eq!(answer["errcode"], 0);
    assert_eq!(answer["errmsg"], "ok");
    assert_eq!(answer["openid"], openid.as_str());
    let new = text(&answer, "session_key");
    assert_eq!(BASE64_STANDARD.decode(&new).unwrap().len(), 16);
    assert_ne!(new, old);
    assert_invalid(&sim, &openid, &old).await;
    assert_valid(&sim, &openid, &new).await;
    let again = ask(&sim, RESET, &openid, &sign(old.as_bytes())).await;
    assert_error(&again, 87009, "invalid signature");
}
