use std::sync::Arc;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::openapi::OpenApiDocument;

/// A client of wxlogin that checks every answer against the OpenAPI document.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) base: String,
    http: reqwest::Client,
    document: Arc<OpenApiDocument>,
}

/// An HTTP response.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Answer {
    /// Checks that the answer is a complete problem, and returns its code.
    pub(crate) fn problem(&self) -> &str {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        assert_eq!(self.body["status"], self.status, "{self:?}");
        let code = self.body["code"].as_str().unwrap();
        assert_eq!(self.body["type"], format!("urn:wxlogin:problem:{code}"), "{self:?}");
        assert!(self.body["title"].is_string(), "{self:?}");
        let detail = self.body["detail"].as_str().unwrap_or("None.");
        let starts = detail.starts_with(|c: char| c.is_uppercase() || c == '`');
        assert!(starts && detail.ends_with('.'), "not a sentence: {detail}");
        code
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn token(&self) -> &str {
        assert_eq!(self.status, 200, "{self:?}");
        self.body["accessToken"].as_str().unwrap()
    }

    pub(crate) fn user_id(&self) -> &str {
        assert_eq!(self.status, 200, "{self:?}");
        self.body["user"]["id"].as_str().unwrap()
    }
}

impl Client {
    pub(crate) async fn new(base: String) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let document = http.get(format!("{base}/openapi.json")).send().await.unwrap();
        let document = Arc::new(OpenApiDocument::new(document.json().await.unwrap()));
        Self { base, http, document }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        let request = request.build().unwrap();
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let response = self.http.execute(request).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or_default();
        let answer = Answer { status, headers, text, body };
        self.document.check(&method, &path, &answer);
        answer
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    pub(crate) async fn login(&self, code: &str) -> Answer {
        self.post("/v1/login", &json!({ "code": code })).await
    }

    /// Signs in. Returns the user's id and the token, or nothing if the login failed or was cut
    /// off.
    pub(crate) async fn try_login(&self, code: &str) -> Option<(String, String)> {
        let request = self.request(Method::POST, "/v1/login").json(&json!({ "code": code }));
        let answer = request.send().await.ok().filter(|answer| answer.status() == 200)?;
        let body: Value = answer.json().await.ok()?;
        let user = body["user"]["id"].as_str()?.to_owned();
        Some((user, body["accessToken"].as_str()?.to_owned()))
    }

    pub(crate) async fn me(&self, token: &str) -> Answer {
        self.send(self.request(Method::GET, "/v1/me").bearer_auth(token)).await
    }
}
