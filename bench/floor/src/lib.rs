//! What the servers of the benchmark share.

use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// The mini-program that everybody signs in to.
pub const APP_ID: &str = "wx0123456789abcdef";

/// Opens the port of 127.0.0.1 that the first argument names, and says so.
pub async fn listen() -> TcpListener {
    let port = std::env::args().nth(1).and_then(|port| port.parse::<u16>().ok());
    let port = port.expect("the first argument is a port");
    TcpListener::bind(("127.0.0.1", port)).await.expect("the port is free")
}

/// Answers every request until the process ends.
pub async fn serve<A, F>(listener: TcpListener, answer: A)
where
    A: Fn(Request<Incoming>) -> F + Clone + Send + 'static,
    F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let _ = stream.set_nodelay(true);
        let answer = answer.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let response = answer(request);
                async move { Ok::<_, Infallible>(response.await) }
            });
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            let _ = connection.await;
        });
    }
}

/// A response in JSON.
pub fn json(status: u16, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = hyper::StatusCode::from_u16(status).expect("a valid status");
    let json = hyper::header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(hyper::header::CONTENT_TYPE, json);
    response
}

/// With TLS, as MySQL's own clients prefer it, unless `BENCH_TLS` is `off`. The server's certificate
/// is its own.
pub fn options(options: mysql_async::Opts) -> mysql_async::OptsBuilder {
    let is_off = std::env::var("BENCH_TLS").is_ok_and(|tls| tls == "off");
    let tls = mysql_async::SslOpts::default()
        .with_danger_accept_invalid_certs(true)
        .with_danger_skip_domain_validation(true);
    mysql_async::OptsBuilder::from_opts(options).ssl_opts((!is_off).then_some(tls))
}
