//! Users bind phone numbers.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{APP_ID, Answer, Harness};

impl Harness {
    pub(crate) async fn bind(&self, token: &str, code: &str) -> Answer {
        let request = self.client.request(Method::POST, "/v1/me/phone").bearer_auth(token);
        self.client.send(request.json(&json!({ "code": code }))).await
    }

    /// Creates a code of this person's phone-number button.
    pub(crate) async fn phone_code(
        &self,
        openid: &str,
        number: &str,
        country: &str,
        r#as: &str,
    ) -> String {
        let phone = json!({
            "openid": openid, "phoneNumber": number, "countryCode": country, "countryCodeAs": r#as,
        });
        self.simulator.phone_code(&phone).await
    }
}

fn number(answer: &Answer) -> &Value {
    assert_eq!(answer.status, 200, "{answer:?}");
    &answer.body["phone"]
}

#[tokio::test]
async fn a_number_belongs_to_one_person_until_it_is_released() {
    let harness = Harness::start(&[]).await;
    let (alice, bob) = (harness.sign_in("oAlice").await, harness.sign_in("oBob").await);
    let code = harness.phone_code("oAlice", "13800138000", "86", "string").await;
    let stolen = harness.bind(bob.token(), &code).await;
    assert_eq!((stolen.status, stolen.problem()), (400, "phone_code_invalid"));
    let code = harness.phone_code("oAlice", "13800138000", "86", "string").await;
    let bound = harness.bind(alice.token(), &code).await;
    let clear = json!({ "countryCode": "86", "number": "13800138000" });
    assert_eq!(number(&bound), &clear);
    assert_eq!(number(&harness.client.me(alice.token()).await), &clear);
    assert_eq!(harness.bind(alice.token(), &code).await.problem(), "phone_code_invalid");

    let code = harness.phone_code("oBob", "13800138000", "86", "number").await;
    let taken = harness.bind(bob.token(), &code).await;
    assert_eq!((taken.status, taken.problem()), (409, "phone_taken"));
    let key = harness.api_key("support", &["admin"]).await;
    let path = format!("/v1/admin/users/{}", alice.user_id());
    let shown = harness.client.request(Method::GET, &path).bearer_auth(&key);
    let shown = harness.client.send(shown).await;
    assert_eq!(number(&shown)["number"], "138****8000");
    let whole = harness.api_key("console", &["admin", "phone"]).await;
    let shown = harness.client.request(Method::GET, &path).bearer_auth(&whole);
    assert_eq!(number(&harness.client.send(shown).await), &clear);
    let release = harness.client.request(Method::DELETE, &format!("{path}/phone?reason=recycled"));
    assert_eq!(harness.client.send(release.bearer_auth(&key)).await.status, 204);
    assert_eq!(number(&harness.client.me(alice.token()).await), &Value::Null);
    let code = harness.phone_code("oBob", "13800138000", "86", "number").await;
    assert_eq!(number(&harness.bind(bob.token(), &code).await), &clear);
    assert!(!harness.wxlogin.output().contains("13800138000"), "a log shows the number");
}

#[tokio::test]
async fn encrypted_numbers_are_accepted_only_if_the_operator_allows_them() {
    let setting = format!("WXLOGIN__APPS__{}__ENCRYPTED_PHONE", APP_ID.to_uppercase());
    let mut harness = Harness::start(&[]).await;
    let made = async |harness: &Harness, data: Value| {
        let data = json!({ "openid": "oAlice", "data": data });
        harness.simulator.open_data(&data).await
    };
    let bind = async |harness: &Harness, token: &str, made: &Value| {
        let path = "/v1/me/phone/encrypted";
        let body = json!({ "encryptedData": made["encryptedData"], "iv": made["iv"] });
        let request = harness.client.request(Method::POST, path).bearer_auth(token).json(&body);
        harness.client.send(request).await
    };
    let phone = json!({
        "phoneNumber": "13800138000", "purePhoneNumber": "13800138000", "countryCode": "86",
    });
    let alice = harness.sign_in("oAlice").await;
    let sent = made(&harness, phone.clone()).await;
    assert_eq!(bind(&harness, alice.token(), &sent).await.problem(), "invalid_request");

    harness.restart_with(&[(&setting, "true")]).await;
    let name = made(&harness, json!({ "nickName": "13800138000" })).await;
    assert_eq!(bind(&harness, alice.token(), &name).await.problem(), "open_data_invalid");
    let bound = bind(&harness, alice.token(), &sent).await;
    assert_eq!(number(&bound), &json!({ "countryCode": "86", "number": "13800138000" }));
    assert!(!harness.wxlogin.output().contains("13800138000"), "a log shows the number");
}

#[tokio::test]
async fn one_call_signs_in_with_a_number() {
    let harness = Harness::start(&[]).await;
    let log_in = async |openid: &str, phone_code: String| {
        let code = harness.simulator.code(openid).await;
        let request = json!({ "appId": APP_ID, "code": code, "phoneCode": phone_code });
        harness.client.post("/v1/login", &request).await
    };
    let code = harness.phone_code("oAlice", "51234567", "852", "number").await;
    let alice = log_in("oAlice", code).await;
    assert_eq!(alice.body["user"]["phone"], json!({ "countryCode": "852", "number": "51234567" }));
    assert_eq!(alice.body.get("phoneProblem"), None);
    let code = harness.phone_code("oBob", "51234567", "852", "string").await;
    let bob = log_in("oBob", code).await;
    assert_eq!(bob.body["phoneProblem"], "phone_taken");
    assert_eq!(
        number(&harness.client.me(bob.token()).await),
        &Value::Null,
        "the login succeeds all the same"
    );
}
