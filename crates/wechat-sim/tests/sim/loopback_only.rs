//! Requests that a foreign web page could send.

use reqwest::Method;

use crate::harness::Sim;

#[tokio::test]
async fn foreign_hosts_and_origins_are_refused_everywhere() {
    let sim = Sim::start().await;
    for path in ["/", "/sim", "/sim/codes", "/sim/people", "/sns/jscode2session", "/none"] {
        for (name, value) in [
            ("host", "evil.example"),
            ("host", "evil.example:8081"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
        ] {
            let request = sim.http.request(Method::POST, sim.url(path));
            let response = request.header(name, value).send().await.unwrap();
            assert_eq!(response.status(), 403, "{path} {name}: {value}");
        }
    }
}

#[tokio::test]
async fn loopback_names_are_accepted_without_cors_headers() {
    let sim = Sim::start().await;
    let port = sim.address.port();
    for host in [format!("localhost:{port}"), format!("[::1]:{port}"), "127.0.0.1".to_owned()] {
        let request = sim.http.get(sim.url("/sim/people")).header("host", host);
        let request = request.header("origin", "http://localhost:5173");
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert!(!response.headers().contains_key("access-control-allow-origin"));
    }
}
