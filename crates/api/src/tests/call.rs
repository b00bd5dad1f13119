use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use poem::http::{HeaderMap, HeaderValue, Method};
use poem::{Request, RequestBuilder, Response};
use serde_json::Value;

/// A request to the API.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) path: String,
    builder: RequestBuilder,
    body: String,
}

impl Call {
    pub(super) fn new(method: Method, path: &str) -> Self {
        let builder = Request::builder().method(method.clone()).uri_str(path);
        let path = path.split('?').next().unwrap().to_owned();
        Self { method, path, builder, body: String::new() }
    }

    pub(super) fn get(path: &str) -> Self {
        Self::new(Method::GET, path)
    }

    pub(super) fn post(path: &str) -> Self {
        Self::new(Method::POST, path)
    }

    pub(super) fn delete(path: &str) -> Self {
        Self::new(Method::DELETE, path)
    }

    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
        self.builder = self.builder.header(name, value);
        self
    }

    pub(super) fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(super) fn basic(self, id: &str, secret: &str) -> Self {
        let pair = BASE64_STANDARD.encode(format!("{id}:{secret}"));
        self.header("authorization", &format!("Basic {pair}"))
    }

    pub(super) fn body(mut self, body: impl Into<String>) -> Self {
        self.body = body.into();
        self
    }

    pub(super) fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").body(body.to_string())
    }

    pub(super) fn form(self, body: &str) -> Self {
        self.header("content-type", "application/x-www-form-urlencoded").body(body)
    }

    /// Sets a multipart form in which each field is a file.
    pub(super) fn files(self, files: &[(&str, &str)]) -> Self {
        let parts = files.iter().map(|(name, content)| {
            let head =
                format!("content-disposition: form-data; name=\"{name}\"; filename=\"a.png\"");
            format!("--edge\r\n{head}\r\n\r\n{content}\r\n")
        });
        let form = parts.chain(["--edge--\r\n".to_owned()]).collect::<String>();
        self.header("content-type", "multipart/form-data; boundary=edge").body(form)
    }

    pub(super) fn request(self) -> Request {
        self.builder.body(self.body)
    }
}

/// The response.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
    pub(super) body: Value,
}

impl Answer {
    pub(super) async fn of(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.into_body().into_string().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or_default();
        Self { status, headers, text, body }
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(super) fn challenges(&self) -> Vec<&str> {
        let values = self.headers.get_all("www-authenticate").iter();
        values.map(|value| value.to_str().unwrap()).collect()
    }

    /// Returns status and code of a response that must be a problem.
    pub(super) fn problem(&self) -> (u16, &str) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        assert_eq!(self.header("cache-control"), "no-store", "{self:?}");
        assert_eq!(self.body["status"], self.status, "{self:?}");
        let code = self.body["code"].as_str().unwrap();
        assert_eq!(self.body["type"], format!("urn:wxlogin:problem:{code}"), "{self:?}");
        if let Some(detail) = self.body["detail"].as_str() {
            let starts = detail.starts_with(|c: char| c.is_uppercase() || c == '`');
            assert!(starts && detail.ends_with('.'), "not a sentence: {detail}");
        }
        (self.status, code)
    }

    pub(super) fn detail(&self) -> &str {
        self.body["detail"].as_str().unwrap_or_default()
    }

    /// Returns the body of a response that must be successful and not cacheable.
    pub(super) fn good(&self) -> &Value {
        assert_eq!(self.status, 200, "{self:?}");
        assert_eq!(self.header("cache-control"), "no-store", "{self:?}");
        &self.body
    }

    pub(super) fn text_at(&self, name: &str) -> &str {
        self.good()[name].as_str().unwrap()
    }
}
