//! What the HTTP libraries log at trace level.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::every_call::Call;
use crate::scripted_server::{ScriptedServer, Step};
use crate::support::{CODE, assert_no_secret, client, exchange, http_ok, patient_client, success};

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Captured {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn no_trace_line_contains_a_secret() {
    let log = Captured::default();
    let guard = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(log.clone())
        .finish()
        .set_default();

    let used = r#"{"errcode":40163,"errmsg":"code been used"}"#;
    let server = ScriptedServer::start([
        vec![Step::Send(http_ok(&success()))],
        vec![Step::Send(http_ok(used))],
        vec![Step::Close],
        vec![Step::Send("not HTTP\r\n\r\n".to_owned()), Step::Close],
        vec![Step::Hang],
    ])
    .await;
    let patient = patient_client(&server);
    exchange(&patient, CODE).await.unwrap();
    for _ in 0..3 {
        exchange(&patient, CODE).await.unwrap_err();
    }
    for call in Call::ALL {
        let invalid = r#"{"errcode":40029,"errmsg":"invalid code"}"#;
        for answer in [call.success(), invalid.to_owned()] {
            let server = ScriptedServer::start([vec![Step::Send(http_ok(&answer))]]).await;
            let _ = call.make(&patient_client(&server)).await;
        }
    }
    for url in [format!("http://{}", server.address), "https://127.0.0.1:1".to_owned()] {
        exchange(&client(&url, Duration::from_millis(300)), CODE).await.unwrap_err();
    }
    drop(guard);

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for target in ["reqwest", "hyper_util"] {
        assert!(log.contains(target), "no line of {target} was captured:\n{log}");
    }
    assert_no_secret(&log);
}
