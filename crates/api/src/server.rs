//! Accepts connections and serves HTTP/1.1 on them.
//!
//! Uses hyper directly, because poem's own server waits forever for an incomplete request head and
//! uses a whole CPU when the process has run out of file descriptors.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use poem::endpoint::BoxEndpoint;
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Addr, Endpoint, Response};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a connection may take to send the next request's head, idle time included. Longer than
/// the minute after which load balancers usually close idle connections.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);

/// The maximum number of open connections. Others wait to be accepted.
const MAX_CONNECTIONS: usize = 10_000;

/// How long to wait after failing to accept a connection, usually for lack of file descriptors.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(100);

/// How long to wait for connections without a request to close during shutdown.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(500);

type App = Arc<BoxEndpoint<'static, Response>>;

/// Serves requests on `listener` until `stopped`, then waits for running requests to finish. The
/// caller limits how long that may take.
pub(crate) async fn run(
    listener: TcpListener,
    endpoint: BoxEndpoint<'static, Response>,
    stopped: impl Future<Output = ()>,
) -> std::io::Result<()> {
    let endpoint = Arc::new(endpoint);
    let local = LocalAddr(Addr::SocketAddr(listener.local_addr()?));
    let open = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let requests = Arc::new(AtomicUsize::new(0));
    let connections = GracefulShutdown::new();
    tokio::pin!(stopped);
    loop {
        let next = accept(&listener, open.clone());
        let (stream, remote, permit) = tokio::select! {
            () = &mut stopped => break,
            accepted = next => accepted,
        };
        let service = Service {
            endpoint: endpoint.clone(),
            local: local.clone(),
            remote,
            requests: requests.clone(),
        };
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .serve_connection(
                TokioIo::new(stream),
                service_fn(move |request| service.clone().handle(request)),
            );
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            // A connection that ends with an error is the client's problem.
            let _ = connection.await;
            drop(permit);
        });
    }
    drop(listener);
    let closed = connections.shutdown();
    tokio::pin!(closed);
    loop {
        // A connection with an incomplete request head must not delay the shutdown.
        let all_closed = tokio::time::timeout(CLOSE_TIMEOUT, &mut closed).await.is_ok();
        if all_closed || requests.load(Ordering::SeqCst) == 0 {
            return Ok(());
        }
    }
}

async fn accept(
    listener: &TcpListener,
    open: Arc<Semaphore>,
) -> (TcpStream, RemoteAddr, Option<OwnedSemaphorePermit>) {
    // Fails only if the semaphore is closed, which it never is.
    let permit = open.acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, remote)) => {
                // Responses are small and written at once: waiting to fill a packet only delays them.
                let _ = stream.set_nodelay(true);
                return (stream, RemoteAddr(Addr::SocketAddr(remote)), permit);
            }
            Err(error) => {
                tracing::warn!(error = %error.kind(), "cannot accept a connection");
                tokio::time::sleep(ACCEPT_RETRY_DELAY).await;
            }
        }
    }
}

#[derive(Clone)]
struct Service {
    endpoint: App,
    local: LocalAddr,
    remote: RemoteAddr,
    requests: Arc<AtomicUsize>,
}

impl Service {
    async fn handle(
        self,
        request: hyper::Request<Incoming>,
    ) -> Result<hyper::Response<BoxBody<Bytes, std::io::Error>>, Infallible> {
        let _running = RunningRequest::count(self.requests);
        let request = (request, self.local, self.remote, Scheme::HTTP).into();
        Ok(self.endpoint.get_response(request).await.into())
    }
}

/// Counts a request until it is answered or dropped.
struct RunningRequest(Arc<AtomicUsize>);

impl RunningRequest {
    fn count(requests: Arc<AtomicUsize>) -> Self {
        requests.fetch_add(1, Ordering::SeqCst);
        Self(requests)
    }
}

impl Drop for RunningRequest {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
