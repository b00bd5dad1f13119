//! `POST /wxa/business/getuserphonenumber` and `POST /sim/phone-codes`.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{APP, OTHER_APP, Sim, assert_error, assert_error_with_hint, json_of, text};

/// A code of the phone number button in the first app.
async fn phone_code(sim: &Sim, mut wanted: Value) -> Value {
    wanted["appId"] = APP.into();
    sim.control(Method::POST, "/sim/phone-codes", wanted).await
}

async fn exchange(sim: &Sim, body: Value) -> Value {
    let token = sim.token().await;
    let path = format!("/wxa/business/getuserphonenumber?access_token={token}");
    sim.post_json(&path, body).await
}

async fn assert_invalid_code(sim: &Sim, body: Value) {
    assert_error_with_hint(&exchange(sim, body).await, 40029, "invalid code");
}

#[tokio::test]
async fn the_response_is_as_wechat_documents_it() {
    let sim = Sim::start().await;
    let made = phone_code(&sim, json!({"openid": "o-alice"})).await;
    assert_eq!(made["openid"], "o-alice");
    let number = text(&made, "phoneNumber");
    assert!(number.len() == 11 && number.starts_with('1'), "{number}");

    let answer = exchange(&sim, json!({"code": made["code"], "openid": "o-alice"})).await;
    let timestamp = answer["phone_info"]["watermark"]["timestamp"].as_u64().unwrap();
    let now = sim.get("/sim/clock").await["now"].as_u64().unwrap() / 1000;
    assert!((now - 5..=now).contains(&timestamp));
    let expected = json!({
        "errcode": 0,
        "errmsg": "ok",
        "phone_info": {
            "phoneNumber": number,
            "purePhoneNumber": number,
            "countryCode": "86",
            "watermark": {"timestamp": timestamp, "appid": APP},
        },
    });
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn a_foreign_number_has_its_country_code() {
    let sim = Sim::start().await;
    let wanted = json!({"phoneNumber": "51234567", "countryCode": "852"});
    let made = phone_code(&sim, wanted).await;
    let info = exchange(&sim, json!({"code": made["code"]})).await["phone_info"].take();
    assert_eq!(info["phoneNumber"], "+85251234567");
    assert_eq!(info["purePhoneNumber"], "51234567");
    assert_eq!(info["countryCode"], "852");
}

#[tokio::test]
async fn the_country_code_is_a_string_or_a_number() {
    let sim = Sim::start().await;
    for (kind, country_code) in [("string", json!("86")), ("number", json!(86))] {
        let made = phone_code(&sim, json!({"countryCodeAs": kind})).await;
        let answer = exchange(&sim, json!({"code": made["code"]})).await;
        assert_eq!(answer["phone_info"]["countryCode"], country_code);
    }
}

#[tokio::test]
async fn a_person_keeps_a_number_until_it_is_changed() {
    let sim = Sim::start().await;
    let first = phone_code(&sim, json!({"openid": "o-a"})).await;
    let again = phone_code(&sim, json!({"openid": "o-a"})).await;
    assert_eq!(first["phoneNumber"], again["phoneNumber"]);
    phone_code(&sim, json!({"openid": "o-a", "phoneNumber": "13800000000"})).await;
    assert_eq!(sim.get("/sim/people").await["people"][0]["phoneNumber"], "13800000000");

    // A code stands for the number that the person had when it was issued.
    let answer = exchange(&sim, json!({"code": first["code"]})).await;
    assert_eq!(answer["phone_info"]["purePhoneNumber"], first["phoneNumber"]);
}

#[tokio::test]
async fn a_code_works_once() {
    let sim = Sim::start().await;
    let code = &phone_code(&sim, json!({})).await["code"];
    assert_eq!(exchange(&sim, json!({"code": code})).await["errcode"], 0);
    assert_invalid_code(&sim, json!({"code": code})).await;
}

#[tokio::test]
async fn a_code_lives_five_minutes_of_simulated_time() {
    let sim = Sim::start().await;
    let (early, late) = (phone_code(&sim, json!({})).await, phone_code(&sim, json!({})).await);
    sim.advance(290).await;
    assert_eq!(exchange(&sim, json!({"code": early["code"]})).await["errcode"], 0);
    sim.advance(20).await;
    assert_invalid_code(&sim, json!({"code": late["code"]})).await;
}

#[tokio::test]
async fn a_code_is_valid_for_its_owner_and_its_app_only() {
    let sim = Sim::start().await;
    let made = phone_code(&sim, json!({"openid": "o-alice"})).await;
    let elsewhere = json!({"appId": OTHER_APP, "openid": "o-alice"});
    let elsewhere = sim.control(Method::POST, "/sim/phone-codes", elsewhere).await;
    let login_code = sim.fresh_code().await;
    for code in [&elsewhere["code"], &json!(login_code), &json!("nobodys"), &json!(86), &json!("")]
    {
        assert_invalid_code(&sim, json!({"code": code})).await;
    }
    assert_invalid_code(&sim, json!({})).await;
    assert_invalid_code(&sim, json!({"code": made["code"], "openid": "o-mallory"})).await;
    assert!(sim.exchange(&login_code).await.get("openid").is_some(), "the code is still valid");
    let answer = exchange(&sim, json!({"code": made["code"], "openid": "o-alice"})).await;
    assert_eq!(answer["errcode"], 0, "the code is still valid");
    assert_eq!(sim.exchange(made["code"].as_str().unwrap()).await["errcode"], 40029);
}

#[tokio::test]
async fn a_body_that_is_not_json_is_refused() {
    let sim = Sim::start().await;
    let token = sim.token().await;
    let url = sim.url(&format!("/wxa/business/getuserphonenumber?access_token={token}"));
    for body in ["", "code=x", "[]", "{\"code\":"] {
        let response = sim.http.post(&url).body(body).send().await.unwrap();
        assert_error_with_hint(&json_of(response).await, 47001, "data format error");
    }
}

#[tokio::test]
async fn only_refusals_of_the_call_itself_have_a_hint() {
    let sim = Sim::start().await;
    let path = "/wxa/business/getuserphonenumber";
    assert_error(&sim.post_json(path, json!({})).await, 41001, "access_token missing");
    sim.faults(json!([
        {"call": "getuserphonenumber", "fault": "errcode", "errcode": 40029},
        {"call": "getuserphonenumber", "fault": "errcode", "errcode": 40013},
        {"call": "code2session", "fault": "errcode", "errcode": 40029},
    ]))
    .await;
    assert_error_with_hint(&sim.post_json(path, json!({})).await, 40029, "invalid code");
    assert_error(&sim.post_json(path, json!({})).await, 40013, "invalid appid");
    assert_error(&sim.exchange("0x").await, 40029, "invalid code,");
}

#[tokio::test]
async fn a_code_is_plain_text_if_asked_for() {
    let sim = Sim::start_single().await;
    let request = sim.http.post(sim.url("/sim/phone-codes")).header("accept", "text/plain");
    let code = request.send().await.unwrap().text().await.unwrap();
    assert_eq!(code.len(), 64, "{code}");
    assert_eq!(exchange(&sim, json!({"code": code})).await["errcode"], 0);
}

#[tokio::test]
async fn invalid_requests_are_refused_with_a_reason() {
    let sim = Sim::start_single().await;
    for (wanted, hint) in [
        (json!({"phoneNumber": "123"}), "`phoneNumber` must be"),
        (json!({"phoneNumber": "+8613800000000"}), "`phoneNumber` must be"),
        (json!({"countryCode": "0086"}), "`countryCode` must be"),
        (json!({"countryCode": -1}), "`countryCode` must be"),
        (json!({"countryCodeAs": "text"}), "number"),
        (json!({"openid": "o a"}), "`openid` must be"),
        (json!({"appId": "wxunknown"}), APP),
        (json!({"unionid": "u"}), "unknown field `unionid`"),
    ] {
        let request = sim.http.post(sim.url("/sim/phone-codes")).body(wanted.to_string());
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 400, "{wanted}");
        let error = text(&json_of(response).await, "error");
        assert!(error.contains(hint), "{wanted}: {error}");
    }
}
