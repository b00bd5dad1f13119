use poem::http::Method;
use wxlogin_domain::model::{AppId, PushStamp};
use wxlogin_domain::ports::Clock;
use wxlogin_domain::testing::FakeWechatCrypto;
use wxlogin_domain::usecase::push::pushes::PushesLeft;

use super::apps::{APP, OTHER_APP, push_key, push_token};
use super::call::{Answer, Call};
use super::harness::Harness;

/// Returns the signed URL that WeChat calls, with `more` appended.
fn signed(harness: &Harness, ciphertext: Option<&str>, more: &str) -> String {
    let at = harness.clock.now().as_seconds().to_string();
    let stamp = PushStamp::parse(&at, "1514711492").unwrap();
    let signature = FakeWechatCrypto.sign_push(&push_token(), &stamp, None);
    let message = FakeWechatCrypto.sign_push(&push_token(), &stamp, ciphertext);
    format!(
        "/v1/wechat/push/{APP}?signature={signature}&timestamp={at}&nonce=1514711492\
         &msg_signature={message}{more}"
    )
}

fn event(harness: &Harness, name: &str, open_id: &str) -> String {
    let at = harness.clock.now().as_seconds();
    format!("MsgType=event\nEvent={name}\nCreateTime={at}\nOpenID={open_id}\nAppID={APP}")
}

async fn push_safely(harness: &Harness, message: &str) -> Answer {
    let app = AppId::parse(APP).unwrap();
    let ciphertext = FakeWechatCrypto.encrypt_push(&push_key(), &app, message);
    let path = signed(harness, Some(&ciphertext), "&encrypt_type=aes");
    harness.send(Call::post(&path).body(format!("Encrypt={ciphertext}"))).await
}

fn is_text(answer: &Answer, text: &str) {
    assert_eq!((answer.status, answer.text.as_str()), (200, text), "{answer:?}");
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn a_plain_echostr_is_sent_back() {
    let harness = Harness::new().await;
    let ask = |echo: &str| signed(&harness, None, &format!("&echostr={echo}"));
    is_text(&harness.send(Call::get(&ask("5838479218127813673"))).await, "5838479218127813673");
    let longest = "e".repeat(128);
    is_text(&harness.send(Call::get(&ask(&longest))).await, &longest);
    let too_long = "e".repeat(129);
    for echo in ["", "a%20b", "%E4%BD%A0", "a%0d%0ab", &too_long, "1&echostr=2"] {
        let answer = harness.send(Call::get(&ask(echo))).await;
        assert_eq!((answer.problem(), answer.detail()), ((400, "invalid_request"), ""), "{echo}");
    }
    let forged = ask("1").replace("nonce=1", "nonce=2");
    let answer = harness.send(Call::get(&forged)).await;
    assert_eq!((answer.problem(), answer.detail()), ((400, "invalid_request"), ""));
}

#[tokio::test]
async fn an_encrypted_push_takes_effect() {
    let harness = Harness::new().await;
    let login = harness.log_in("code-alice-1").await;
    let token = login.text_at("accessToken");
    let nothing = push_safely(&harness, &event(&harness, "debug_demo", "oalice")).await;
    is_text(&nothing, "success");
    assert_eq!(harness.send(Call::get("/v1/me").bearer(token)).await.status, 200);
    let gone =
        push_safely(&harness, &event(&harness, "user_authorization_cancellation", "oalice")).await;
    is_text(&gone, "success");
    let me = harness.send(Call::get("/v1/me").bearer(token)).await;
    assert_eq!(me.problem(), (401, "token_invalid"));
}

#[tokio::test]
async fn a_plain_push_is_acknowledged_and_changes_nothing() {
    let harness = Harness::new().await;
    let login = harness.log_in("code-alice-1").await;
    let message = event(&harness, "user_authorization_cancellation", "oalice");
    is_text(&harness.send(Call::post(&signed(&harness, None, "")).body(message)).await, "success");
    let me = harness.send(Call::get("/v1/me").bearer(login.text_at("accessToken"))).await;
    assert_eq!(me.status, 200);
    let left = PushesLeft { plain: 1, other: 0, repeated: 0 };
    assert_eq!(harness.services.pushes.left(), left);
}

#[tokio::test]
async fn an_invalid_push_is_refused_without_a_reason() {
    let harness = Harness::new().await;
    let path = signed(&harness, None, "");
    let send = async |path: &str, body: &str| harness.send(Call::post(path).body(body)).await;
    let message = event(&harness, "debug_demo", "oalice");
    let twice = format!("{path}&nonce=1514711492");
    for (path, body) in [
        (path.as_str(), "no push"),
        (&path, ""),
        (&path.replace("signature=", "s="), &message),
        (&twice, &message),
        (&format!("/v1/wechat/push/{APP}"), &message),
    ] {
        let answer = send(path, body).await;
        assert_eq!((answer.problem(), answer.detail()), ((400, "invalid_request"), ""), "{path}");
    }
    let other = path.replace(APP, OTHER_APP);
    assert_eq!(send(&other, &message).await.problem(), (404, "not_found"));
    assert_eq!(send("/v1/wechat/push/x", &message).await.problem(), (404, "not_found"));
    assert_eq!(send("/v1/wechat/push/x/y", &message).await.problem(), (404, "not_found"));
    let huge = format!("{message}\nMore={}", "x".repeat(64 * 1024));
    assert_eq!(send(&path, &huge).await.problem(), (413, "payload_too_large"));
    let large = format!("{message}\nMore={}", "x".repeat(60 * 1024));
    is_text(&send(&path, &large).await, "success");
    let wrong = harness.send(Call::new(Method::PUT, &path)).await;
    assert_eq!(wrong.problem(), (405, "method_not_allowed"));
    assert_eq!(wrong.header("allow"), "GET, POST, HEAD");
}
