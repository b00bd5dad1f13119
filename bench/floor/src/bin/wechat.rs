//! A fast stand-in for WeChat: `wechat PORT`. The code `u000000123x…` is one of the 123rd user's; the
//! session key changes with each code. Codes are not remembered: the load uses each only once.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Request, Response};
use wxlogin_bench::{json, listen, serve};

const CODE_LENGTH: usize = 32;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    serve(listen().await, |request| std::future::ready(answer(&request))).await;
}

fn answer(request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let query = request.uri().query().unwrap_or_default();
    let code = query.split('&').find_map(|pair| pair.strip_prefix("js_code="));
    match code {
        Some(code)
            if request.uri().path() == "/sns/jscode2session" && code.len() == CODE_LENGTH =>
        {
            let (user, session_key) = (&code[1..10], BASE64_STANDARD.encode(&code[16..]));
            json(200, format!(r#"{{"session_key":"{session_key}","openid":"oBench{user:0>22}"}}"#))
        }
        Some(_) | None => json(200, r#"{"errcode":40029,"errmsg":"invalid code"}"#),
    }
}
