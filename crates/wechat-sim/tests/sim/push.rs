//! `POST /sim/push` and `POST /sim/push/verify`, with a server that records the requests it
//! receives.

use std::sync::{Arc, Mutex};

use aws_lc_rs::cipher::{AES_256, DecryptingKey, DecryptionContext, UnboundCipherKey};
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use aws_lc_rs::iv::FixedLength;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::{GeneralPurpose, PAD};
use poem::http::StatusCode;
use poem::listener::TcpAcceptor;
use poem::web::Data;
use poem::{EndpointExt, Request, Response, Server, handler};
use reqwest::{Method, Url};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use wechat_sim::{DEV_ENCODING_AES_KEY, DEV_PUSH_TOKEN};

use crate::harness::{APP, OTHER_APP, Sim, hex, json_of, text};

/// A request that the receiver received.
#[derive(Clone)]
struct Received {
    method: Method,
    url: Url,
    content_type: String,
    body: String,
}

impl Received {
    fn query(&self, name: &str) -> Option<String> {
        let mut pairs = self.url.query_pairs();
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}

type Requests = Arc<Mutex<Vec<Received>>>;

/// Answers as the path says: with the echostr, `success`, a redirect or an error.
#[handler]
async fn receive(Data(requests): Data<&Requests>, request: &Request, body: poem::Body) -> Response {
    let received = Received {
        method: request.method().clone(),
        url: Url::parse(&format!("http://receiver{}", request.uri())).unwrap(),
        content_type: request.content_type().unwrap_or_default().to_owned(),
        body: body.into_string().await.unwrap(),
    };
    let echostr = received.query("echostr").unwrap_or_default();
    requests.lock().unwrap().push(received);
    match request.uri().path() {
        "/echo" => Response::builder().body(echostr),
        "/away" => {
            Response::builder().status(StatusCode::FOUND).header("location", "/elsewhere").body("")
        }
        "/no" => Response::builder().status(StatusCode::FORBIDDEN).body("no"),
        _ => Response::builder().body("success"),
    }
}

struct Receiver {
    base: String,
    requests: Requests,
}

impl Receiver {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let requests = Requests::default();
        let endpoint = receive.data(Arc::clone(&requests));
        let acceptor = TcpAcceptor::from_tokio(listener).unwrap();
        tokio::spawn(Server::new_with_acceptor(acceptor).run(endpoint));
        Self { base, requests }
    }

    fn last(&self) -> Received {
        self.requests.lock().unwrap().last().expect("a request").clone()
    }
}

async fn push(sim: &Sim, receiver: &Receiver, wanted: Value) -> (Value, Received) {
    let mut body = json!({
        "appId": APP,
        "url": format!("{}/push?theirs=1", receiver.base),
        "event": "user_authorization_revoke",
        "openid": "o-alice",
        "format": "json",
        "mode": "plain",
    });
    let wanted = wanted.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(wanted);
    let answer = sim.control(Method::POST, "/sim/push", body).await;
    (answer, receiver.last())
}

/// The SHA-1 of the sorted, joined parts.
fn signature(parts: &[&str]) -> String {
    let mut parts = parts.to_vec();
    parts.sort_unstable();
    hex(digest(&SHA1_FOR_LEGACY_USE_ONLY, parts.concat().as_bytes()).as_ref())
}

fn assert_signed(received: &Received) -> (String, String) {
    let (timestamp, nonce) =
        (received.query("timestamp").unwrap(), received.query("nonce").unwrap());
    let expected = signature(&[DEV_PUSH_TOKEN, &timestamp, &nonce]);
    assert_eq!(received.query("signature"), Some(expected));
    (timestamp, nonce)
}

/// Decrypts `Encrypt` into the message and the appid.
fn decrypt(encrypted: &str) -> (String, String) {
    // WeChat's keys have no base64 padding, and unused bits at the end.
    let lenient = PAD.with_decode_allow_trailing_bits(true);
    let lenient = GeneralPurpose::new(&STANDARD, lenient);
    let key = lenient.decode(format!("{DEV_ENCODING_AES_KEY}=")).unwrap();
    let mut encrypted = lenient.decode(encrypted).unwrap();
    let iv = DecryptionContext::Iv128(FixedLength::try_from(&key[..16]).unwrap());
    let key = DecryptingKey::cbc(UnboundCipherKey::new(&AES_256, &key).unwrap()).unwrap();
    let opened = key.decrypt(&mut encrypted, iv).unwrap();

    assert_eq!(opened.len() % 32, 0);
    let padding = usize::from(*opened.last().unwrap());
    assert!((1..=32).contains(&padding));
    let content = &opened[16..opened.len() - padding];
    let length = usize::try_from(u32::from_be_bytes(content[..4].try_into().unwrap())).unwrap();
    let (message, app_id) = content[4..].split_at(length);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(message), text(app_id))
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split_once(after).unwrap_or_else(|| panic!("no {after} in {text}")).0
}

#[tokio::test]
async fn a_plain_push_is_signed_and_readable() {
    let (sim, receiver) = (Sim::start().await, Receiver::start().await);
    sim.advance(1_000_000).await;
    let (answer, received) = push(&sim, &receiver, json!({"fields": {"RevokeInfo": "8"}})).await;
    assert_eq!(answer["status"], 200);
    assert_eq!(answer["body"], "success");
    assert_eq!(answer["sent"]["body"], received.body.as_str());
    assert_eq!(answer["sent"]["contentType"], "application/json");
    assert!(text(&answer["sent"], "url").ends_with(received.url.query().unwrap()));

    assert_eq!(received.method, Method::POST);
    assert_eq!(received.content_type, "application/json");
    assert_eq!(received.query("theirs").as_deref(), Some("1"));
    assert_eq!(received.query("openid").as_deref(), Some("o-alice"));
    assert_eq!(received.query("encrypt_type"), None);
    assert_eq!(received.query("msg_signature"), None);
    let (timestamp, _) = assert_signed(&received);
    let now = sim.get("/sim/clock").await["now"].as_u64().unwrap() / 1000;
    let timestamp: u64 = timestamp.parse().unwrap();
    assert!((now - 5..=now).contains(&timestamp), "the time is that of the simulated clock");

    let message: Value = serde_json::from_str(&received.body).unwrap();
    let receiver = text(&message, "ToUserName");
    assert!(receiver.starts_with("gh_") && receiver.len() == 15, "{receiver}");
    let expected = json!({
        "ToUserName": receiver,
        "FromUserName": "o-alice",
        "CreateTime": timestamp,
        "MsgType": "event",
        "Event": "user_authorization_revoke",
        "OpenID": "o-alice",
        "AppID": APP,
        "RevokeInfo": "8",
    });
    assert_eq!(received.body, expected.to_string(), "in WeChat's order");
}

#[tokio::test]
async fn xml_has_strings_in_cdata_sections_and_bare_numbers() {
    let (sim, receiver) = (Sim::start().await, Receiver::start().await);
    let fields = json!({"Tricky": "<a>&]]>", "Number": 7, "Deep": {"Inner": "x"}, "OpenID": null});
    let (_, received) = push(&sim, &receiver, json!({"format": "xml", "fields": fields})).await;
    assert_eq!(received.content_type, "text/xml");
    let created = between(&received.body, "<CreateTime>", "</CreateTime>");
    assert!(created.parse::<u64>().is_ok(), "{created}");
    let receiver = between(&received.body, "<ToUserName><![CDATA[", "]]></ToUserName>");
    let expected = [
        "<xml><ToUserName><![CDATA[",
        receiver,
        "]]></ToUserName><FromUserName><![CDATA[o-alice]]></FromUserName><CreateTime>",
        created,
        "</CreateTime><MsgType><![CDATA[event]]></MsgType>\
         <Event><![CDATA[user_authorization_revoke]]></Event>",
        &format!("<AppID><![CDATA[{APP}]]></AppID>"),
        "<Tricky><![CDATA[<a>&]]]]><![CDATA[>]]></Tricky><Number>7</Number>\
         <Deep><Inner><![CDATA[x]]></Inner></Deep></xml>",
    ];
    assert_eq!(received.body, expected.concat());
}

#[tokio::test]
async fn xml_repeats_the_element_for_each_item_of_a_list() {
    let (sim, receiver) = (Sim::start().await, Receiver::start().await);
    let list = json!([
        {"TemplateId": "t-1", "SubscribeStatusString": "accept", "PopupScene": 2},
        {"TemplateId": "t-2", "SubscribeStatusString": "reject", "PopupScene": 2},
    ]);
    let event = "subscribe_msg_popup_event";
    let fields = json!({"SubscribeMsgPopupEvent": {"List": list}, "None": [], "Numbers": [1, 2]});
    let wanted = json!({"event": event, "format": "xml", "fields": fields});
    let (_, received) = push(&sim, &receiver, wanted).await;
    let (_, fields) = received.body.split_once("</Event>").unwrap();
    let expected = "<SubscribeMsgPopupEvent>\
        <List><TemplateId><![CDATA[t-1]]></TemplateId>\
        <SubscribeStatusString><![CDATA[accept]]></SubscribeStatusString>\
        <PopupScene>2</PopupScene></List>\
        <List><TemplateId><![CDATA[t-2]]></TemplateId>\
        <SubscribeStatusString><![CDATA[reject]]></SubscribeStatusString>\
        <PopupScene>2</PopupScene></List>\
        </SubscribeMsgPopupEvent><Numbers>1</Numbers><Numbers>2</Numbers></xml>";
    assert_eq!(fields, expected);
}

#[tokio::test]
async fn a_safe_push_is_encrypted_for_the_app() {
    let (sim, receiver) = (Sim::start().await, Receiver::start().await);
    for format in ["json", "xml"] {
        let wanted = json!({"mode": "safe", "format": format, "fields": {"RevokeInfo": "手机"}});
        let (_, received) = push(&sim, &receiver, wanted).await;
        assert!(
            !received.body.contains("o-alice") && !received.body.contains("revoke"),
            "{}",
            received.body
        );
        let (to, encrypted) = if format == "json" {
            let envelope: Value = serde_json::from_str(&received.body).unwrap();
            assert_eq!(envelope.as_object().unwrap().len(), 2, "{envelope}");
            (text(&envelope, "ToUserName"), text(&envelope, "Encrypt"))
        } else {
            let to =
                between(&received.body, "<xml><ToUserName><![CDATA[", "]]></ToUserName><Encrypt>");
            let encrypted = between(&received.body, "<Encrypt><![CDATA[", "]]></Encrypt></xml>");
            (to.to_owned(), encrypted.to_owned())
        };

        let (timestamp, nonce) = assert_signed(&received);
        assert_eq!(received.query("encrypt_type").as_deref(), Some("aes"));
        let expected = signature(&[DEV_PUSH_TOKEN, &timestamp, &nonce, &encrypted]);
        assert_eq!(received.query("msg_signature"), Some(expected));

        let (message, app_id) = decrypt(&encrypted);
        assert_eq!(app_id, APP);
        assert!(message.contains(&to) && message.contains("手机"), "{message}");
        assert!(message.starts_with(if format == "json" { "{" } else { "<xml>" }));
    }
}

#[tokio::test]
async fn fields_replace_and_remove_the_usual_ones() {
    let (sim, receiver) = (Sim::start().await, Receiver::start().await);
    let fields = json!({"CreateTime": 1, "FromUserName": null, " OpenID": "o-bob"});
    let wanted = json!({"event": "anything", "openid": null, "fields": fields});
    let (_, received) = push(&sim, &receiver, wanted).await;
    let message: Value = serde_json::from_str(&received.body).unwrap();
    assert_eq!(message["CreateTime"], 1);
    assert_eq!(message[" OpenID"], "o-bob");
    assert!(message.get("FromUserName").is_none() && message.get("OpenID").is_none());
    assert_eq!(received.query("openid"), None);
}

#[tokio::test]
async fn the_response_of_the_receiver_is_returned() {
    let (sim, receiver) = (Sim::start().await, Receiver::start().await);
    for (path, status, body) in [("/no", 403, "no"), ("/away", 302, "")] {
        let wanted = json!({"url": format!("{}{path}", receiver.base)});
        let (answer, received) = push(&sim, &receiver, wanted).await;
        assert_eq!(answer["status"], status);
        assert_eq!(answer["body"], body);
        assert_eq!(received.url.path(), path, "no redirect is followed");
    }
}

#[tokio::test]
async fn an_address_is_verified_with_an_echostr() {
    let (sim, receiver) = (Sim::start().await, Receiver::start().await);
    for (path, is_verified) in [("/echo", true), ("/other", false), ("/no", false)] {
        let wanted = json!({"appId": APP, "url": format!("{}{path}", receiver.base)});
        let answer = sim.control(Method::POST, "/sim/push/verify", wanted).await;
        assert_eq!(answer["verified"], is_verified, "{answer}");
        let received = receiver.last();
        assert_eq!(received.method, Method::GET);
        assert_signed(&received);
        let echostr = received.query("echostr").unwrap();
        assert!(echostr.len() == 19 && echostr.bytes().all(|byte| byte.is_ascii_digit()));
        assert_eq!(answer["body"] == echostr.as_str(), is_verified);
    }
}

#[tokio::test]
async fn invalid_requests_are_refused_with_a_reason() {
    let sim = Sim::start().await;
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let closed = format!("http://{closed}/");
    let good = json!({"appId": APP, "url": closed, "event": "e", "format": "json", "mode": "safe"});
    for (name, value, status, hint) in [
        ("url", json!("https://api.weixin.qq.com/"), 400, "loopback"),
        ("url", json!("http://127.0.0.1.evil.example/"), 400, "loopback"),
        ("url", json!("http://10.0.0.1/"), 400, "loopback"),
        ("url", json!("https://127.0.0.1/"), 400, "must be `http`"),
        ("url", json!("push"), 400, "not a valid URL"),
        ("url", json!(closed), 502, "Cannot connect"),
        ("appId", json!("wxunknown"), 400, OTHER_APP),
        ("format", json!("yaml"), 400, "xml"),
        ("mode", json!("compatible"), 400, "safe"),
        ("openid", json!("o a"), 400, "`openid` must be"),
        ("fields", json!([]), 400, "expected a map"),
    ] {
        let mut wanted = good.clone();
        wanted[name] = value;
        let request = sim.http.post(sim.url("/sim/push")).body(wanted.to_string());
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{wanted}");
        let error = text(&json_of(response).await, "error");
        assert!(error.contains(hint), "{wanted}: {error}");
    }
    for fields in [json!({"a b": 1}), json!({"List": [[1]]}), json!({"a b": []})] {
        let mut wanted = good.clone();
        wanted["format"] = "xml".into();
        wanted["fields"] = fields;
        let request = sim.http.post(sim.url("/sim/push")).body(wanted.to_string());
        assert_eq!(request.send().await.unwrap().status(), 400, "{wanted}");
    }
}
