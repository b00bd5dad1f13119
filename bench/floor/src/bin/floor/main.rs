//! The floor: a login with as little work as the same outcome takes. `floor PORT WECHAT_PORT URL`,
//! where the URL is that of an empty MySQL database. It checks nothing, seals nothing and knows no
//! errors: what it lacks is what the product may cost.

mod store;

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use hyper::{Request, Response};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;
use wxlogin_bench::{APP_ID, json, listen, serve};

use crate::store::{Login, SignedIn, Store};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const ISSUER: &str = "https://login.example.com";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LoginRequest {
    code: String,
    nickname: String,
    avatar_url: String,
}

#[derive(Deserialize)]
struct CodeExchange {
    openid: String,
    session_key: String,
}

struct Floor {
    wechat: Client<HttpConnector, Empty<Bytes>>,
    wechat_url: String,
    store: Store,
    key: EcdsaKeyPair,
    randomness: SystemRandom,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let argument = |at| std::env::args().nth(at).ok_or("usage: floor PORT WECHAT_PORT URL");
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let floor = Arc::new(Floor {
        wechat: Client::builder(TokioExecutor::new()).build(connector),
        wechat_url: format!("http://127.0.0.1:{}/sns/jscode2session", argument(2)?),
        store: Store::open(&argument(3)?).await?,
        key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?,
        randomness: SystemRandom::new(),
    });
    serve(listen().await, move |request| answer(floor.clone(), request)).await;
    Ok(())
}

async fn answer(floor: Arc<Floor>, request: Request<Incoming>) -> Response<Full<Bytes>> {
    match request.uri().path() {
        "/v1/login" => match floor.log_in(request).await {
            Ok(body) => json(200, body),
            Err(error) => {
                eprintln!("{error}");
                json(500, "{}")
            }
        },
        _ => json(200, r#"{"status":"ready"}"#),
    }
}

impl Floor {
    async fn log_in(&self, request: Request<Incoming>) -> Result<String, Failure> {
        let body = request.into_body().collect().await?.to_bytes();
        let LoginRequest { code, nickname, avatar_url } = serde_json::from_slice(&body)?;
        let url = &self.wechat_url;
        let secret = "0123456789abcdef0123456789abcdef";
        let url = format!(
            "{url}?appid={APP_ID}&secret={secret}&js_code={code}&grant_type=authorization_code"
        );
        let exchange = self.wechat.get(url.parse()?).await?.into_body().collect().await?.to_bytes();
        let CodeExchange { openid, session_key } = serde_json::from_slice(&exchange)?;
        let login = Login { open_id: openid, session_key, nickname, avatar_url };
        let (nickname, avatar_url) = (login.nickname.clone(), login.avatar_url.clone());
        let signed_in = self.store.log_in(login).await?;
        let access_token = self.sign(&signed_in)?;
        let refresh_token = [signed_in.session_id.as_bytes().as_slice(), &[0; 41]].concat();
        let answer = json!({
            "accessToken": access_token,
            "tokenType": "Bearer",
            "expiresIn": 900,
            "refreshToken": BASE64_URL_SAFE_NO_PAD.encode(refresh_token),
            "refreshExpiresIn": 1_209_600,
            "isNewUser": signed_in.is_new,
            "user": { "id": signed_in.user_id.to_string(), "nickname": nickname, "avatarUrl": avatar_url },
        });
        Ok(answer.to_string())
    }

    fn sign(&self, signed_in: &SignedIn) -> Result<String, Failure> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let claims = json!({
            "iss": ISSUER, "sub": signed_in.user_id.to_string(), "aud": APP_ID, "iat": now, "nbf": now,
            "exp": now + 900, "auth_time": now, "jti": Uuid::new_v4().to_string(),
            "sid": signed_in.session_id.to_string(), "app_id": APP_ID, "user_type": 2,
        });
        let header = r#"{"typ":"JWT","alg":"ES256","kid":"AAAAAAAAAAAAAAAA"}"#;
        let mut token = BASE64_URL_SAFE_NO_PAD.encode(header);
        token.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(claims.to_string(), &mut token);
        let signature = self.key.sign(&self.randomness, token.as_bytes())?;
        token.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }
}

/// The bytes of WeChat's session key.
fn decode(session_key: &str) -> Vec<u8> {
    BASE64_STANDARD.decode(session_key).unwrap_or_default()
}
