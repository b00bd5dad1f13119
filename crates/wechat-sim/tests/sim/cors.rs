//! CORS.

use reqwest::{Method, Response};

use crate::harness::{PAGE, Sim};

fn allowed(response: &Response) -> Option<&str> {
    let allowed = response.headers().get("access-control-allow-origin");
    allowed.map(|origin| origin.to_str().unwrap())
}

#[tokio::test]
async fn pages_of_listed_origins_read_codes_and_errors() {
    let sim = Sim::start().await;
    for (path, body, status) in [
        ("/sim/codes", r#"{"appId":"wxdev0000000000001"}"#, 200),
        ("/sim/codes", "nonsense", 400),
        ("/sim/nowhere", "", 404),
    ] {
        let preflight = sim.http.request(Method::OPTIONS, sim.url(path)).header("origin", PAGE);
        let preflight = preflight.header("access-control-request-method", "POST");
        let response = preflight.header("access-control-request-headers", "content-type").send();
        let response = response.await.unwrap();
        assert_eq!((response.status().as_u16(), allowed(&response)), (200, Some(PAGE)));
        let request = sim.http.post(sim.url(path)).header("origin", PAGE).body(body);
        let answer = request.send().await.unwrap();
        assert_eq!((answer.status().as_u16(), allowed(&answer)), (status, Some(PAGE)), "{path}");
    }
}

#[tokio::test]
async fn pages_of_other_local_origins_get_no_cors_headers() {
    let sim = Sim::start().await;
    let own = format!("http://{}", sim.address);
    for origin in [own.as_str(), "http://localhost:5173", "http://127.0.0.1:5174"] {
        let request = sim.http.post(sim.url("/sim/codes")).header("origin", origin);
        let answer = request.body(r#"{"appId":"wxdev0000000000001"}"#).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), allowed(&answer)), (200, None), "{origin}");
        let preflight = sim.http.request(Method::OPTIONS, sim.url("/sim/codes"));
        let preflight = preflight.header("access-control-request-method", "POST");
        let response = preflight.header("origin", origin).send().await.unwrap();
        assert_eq!(allowed(&response), None, "{origin}");
    }
}
