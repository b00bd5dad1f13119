use serde_json::{Value, json};

/// The simulated WeChat's control API.
#[derive(Clone)]
pub(crate) struct Simulator {
    pub(crate) base: String,
    http: reqwest::Client,
}

impl Simulator {
    pub(crate) fn at(base: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { base: base.trim_end_matches('/').to_owned(), http }
    }

    /// Sends a request to the control API.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.http.post(format!("{}{path}", self.base)).json(body);
        request.send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
    }

    async fn get(&self, path: &str) -> Value {
        let request = self.http.get(format!("{}{path}", self.base));
        request.send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
    }

    /// Creates a login code of this person.
    pub(crate) async fn code(&self, openid: &str) -> String {
        let made = self.post("/sim/codes", &json!({ "openid": openid })).await;
        made["code"].as_str().unwrap().to_owned()
    }

    /// Creates a login code of this person in an app.
    pub(crate) async fn code_in(&self, app_id: &str, openid: &str) -> String {
        let made = self.post("/sim/codes", &json!({ "appId": app_id, "openid": openid })).await;
        made["code"].as_str().unwrap().to_owned()
    }

    /// Gives a person a unionid.
    pub(crate) async fn set_unionid(&self, app_id: &str, openid: &str, unionid: &str) {
        let change = json!({ "appId": app_id, "unionid": unionid });
        let request = self.http.put(format!("{}/sim/people/{openid}", self.base)).json(&change);
        request.send().await.unwrap().error_for_status().unwrap();
    }

    /// How many access tokens were requested.
    pub(crate) async fn token_fetches(&self) -> usize {
        let calls = self.get("/sim/calls").await;
        let calls = calls["calls"].as_array().unwrap().iter();
        calls.filter(|call| call["call"] == "stable_token").count()
    }

    /// Creates a code of a person's phone-number button.
    pub(crate) async fn phone_code(&self, phone: &Value) -> String {
        let made = self.post("/sim/phone-codes", phone).await;
        made["code"].as_str().unwrap().to_owned()
    }

    /// Creates data that WeChat encrypts and signs for a person.
    pub(crate) async fn open_data(&self, data: &Value) -> Value {
        self.post("/sim/open-data", data).await
    }

    /// Sets the faults of the next calls.
    pub(crate) async fn set_faults(&self, faults: &Value) {
        let request = self.http.put(format!("{}/sim/faults", self.base)).json(faults);
        request.send().await.unwrap().error_for_status().unwrap();
    }

    /// Moves WeChat's clock forward.
    pub(crate) async fn advance(&self, seconds: u64) {
        self.post("/sim/clock", &json!({ "advanceSeconds": seconds })).await;
    }

    /// How often this code was sent to WeChat.
    pub(crate) async fn exchanges(&self, code: &str) -> usize {
        self.get(&format!("/sim/calls?code={code}")).await["calls"].as_array().unwrap().len()
    }

    /// The current session key of every person.
    pub(crate) async fn session_keys(&self) -> Vec<String> {
        let people = self.get("/sim/people").await;
        let keys = people["people"].as_array().unwrap().iter();
        keys.filter_map(|person| person["sessionKey"].as_str().map(str::to_owned)).collect()
    }
}
