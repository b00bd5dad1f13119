//! Pages of other origins.

use reqwest::{Method, Response};

use crate::harness::{PAGE, Sim};

fn allowed(response: &Response) -> Option<&str> {
    let allowed = response.headers().get("access-control-allow-origin");
    allowed.map(|origin| origin.to_str().unwrap())
}

#[tokio::test]
async fn a_listed_page_gets_codes_and_reads_failures() {
    let sim = Sim::start().await;
    for (path, body, status) in [
        ("/sim/codes", r#"{"appId":"wxdev0000000000001"}"#, 200),
        ("/sim/codes", "nonsense", 400),
        ("/sim/nowhere", "", 404),
    ] {
        let asking = sim.http.request(Method::OPTIONS, sim.url(path)).header("origin", PAGE);
        let asking = asking.header("access-control-request-method", "POST");
        let asked = asking.header("access-control-request-headers", "content-type").send();
        let asked = asked.await.unwrap();
        assert_eq!((asked.status().as_u16(), allowed(&asked)), (200, Some(PAGE)));
        let request = sim.http.post(sim.url(path)).header("origin", PAGE).body(body);
        let answer = request.send().await.unwrap();
        assert_eq!((answer.status().as_u16(), allowed(&answer)), (status, Some(PAGE)), "{path}");
    }
}

#[tokio::test]
async fn other_pages_of_this_machine_are_answered_and_read_nothing() {
    let sim = Sim::start().await;
    let own = format!("http://{}", sim.address);
    for origin in [own.as_str(), "http://localhost:5173", "http://127.0.0.1:5174"] {
        let request = sim.http.post(sim.url("/sim/codes")).header("origin", origin);
        let answer = request.body(r#"{"appId":"wxdev0000000000001"}"#).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), allowed(&answer)), (200, None), "{origin}");
        let asking = sim.http.request(Method::OPTIONS, sim.url("/sim/codes"));
        let asking = asking.header("access-control-request-method", "POST");
        let asked = asking.header("origin", origin).send().await.unwrap();
        assert_eq!(allowed(&asked), None, "{origin}");
    }
}
