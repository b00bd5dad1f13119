//! A reverse proxy that serves wxlogin under a path, and strips that path.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::Harness;

/// The origin of the public URL.
const ORIGIN: &str = "https://example.com";

/// Starts a proxy that knows only paths under `/auth/`, and returns its URL.
async fn stripping_proxy(wxlogin: &str) -> String {
    let upstream = wxlogin.trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.unwrap();
            tokio::spawn(forward(client, upstream.clone()));
        }
    });
    base
}

/// Forwards one request. One to another path is cut off.
async fn forward(mut client: TcpStream, upstream: String) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    if let Some((method, rest)) = head.split_once(" /auth/") {
        let mut server = TcpStream::connect(upstream).await?;
        server.write_all(format!("{method} /{rest}").as_bytes()).await?;
        tokio::io::copy_bidirectional(&mut client, &mut server).await?;
    }
    Ok(())
}

#[tokio::test]
async fn every_document_leads_to_the_service() {
    let public_url = format!("{ORIGIN}/auth");
    let harness = Harness::start(&[("WXLOGIN__SERVER__PUBLIC_URL", &public_url)]).await;
    let proxy = stripping_proxy(&harness.client.base).await;
    // Each connection carries one request.
    let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
    let get = async |url: &str| {
        let answer = http.get(url.replace(ORIGIN, &proxy)).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{url}");
        answer.text().await.unwrap()
    };
    let parsed = |text: String| serde_json::from_str::<Value>(&text).unwrap();

    let start = get(&format!("{public_url}/")).await;
    let links = start.split("href=\"/").skip(1).filter_map(|rest| rest.split('"').next());
    let links = links.collect::<Vec<_>>();
    assert_eq!(links.len(), 3, "{start}");
    for link in links {
        get(&format!("{ORIGIN}/{link}")).await;
    }

    // A generated client calls the first server.
    let document = parsed(get(&format!("{public_url}/openapi.json")).await);
    let server = document["servers"][0]["url"].as_str().unwrap().replace(ORIGIN, &proxy);
    let login = json!({ "code": harness.simulator.code("oAlice").await });
    let login = http.request(Method::POST, format!("{server}/v1/login")).json(&login);
    assert_eq!(login.send().await.unwrap().status(), 200);

    // Swagger UI calls a path of its own origin.
    let docs = get(&format!("{public_url}/docs")).await;
    assert!(docs.contains(r#""url":"/auth""#));

    let metadata = get(&format!("{public_url}/.well-known/openid-configuration")).await;
    get(parsed(metadata)["jwks_uri"].as_str().unwrap()).await;
}
