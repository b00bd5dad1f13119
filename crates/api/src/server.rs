//! Accepts connections and speaks HTTP/1.1 on them.
//!
//! poem's own server never gives up on a request whose head does not end, and spins when the process
//! has run out of file descriptors; hyper with a timer does neither.

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

/// How long a connection may take to bring the next request's head, idle time included. Longer than
/// the minute after which load balancers commonly give up idle connections themselves.
const HEAD: Duration = Duration::from_secs(75);

/// How many connections are open at once; more wait to be accepted.
const CONNECTIONS: usize = 10_000;

/// How long to wait when a connection could not be accepted, which is mostly for lack of file
/// descriptors.
const BREATH: Duration = Duration::from_millis(100);

/// How long connections that carry no request may take to say goodbye.
const GOODBYE: Duration = Duration::from_millis(500);

type App = Arc<BoxEndpoint<'static, Response>>;

/// Answers on `listener` until `stopped`, then lets requests that have begun end. The caller sets
/// the time for that.
pub(crate) async fn run(
    listener: TcpListener,
    endpoint: BoxEndpoint<'static, Response>,
    stopped: impl Future<Output = ()>,
) -> std::io::Result<()> {
    let endpoint = Arc::new(endpoint);
    let local = LocalAddr(Addr::SocketAddr(listener.local_addr()?));
    let open = Arc::new(Semaphore::new(CONNECTIONS));
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
            .header_read_timeout(HEAD)
            .serve_connection(
                TokioIo::new(stream),
                service_fn(move |request| service.clone().answer(request)),
            );
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            // How a connection ends is the client's affair.
            let _ = connection.await;
            drop(permit);
        });
    }
    drop(listener);
    let goodbye = connections.shutdown();
    tokio::pin!(goodbye);
    loop {
        // A connection with half a head on it would hold up the stop and carries no request.
        let ended = tokio::time::timeout(GOODBYE, &mut goodbye).await.is_ok();
        if ended || requests.load(Ordering::SeqCst) == 0 {
            return Ok(());
        }
    }
}

async fn accept(
    listener: &TcpListener,
    open: Arc<Semaphore>,
) -> (TcpStream, RemoteAddr, Option<OwnedSemaphorePermit>) {
    // The semaphore is never closed; were it, connections would merely not be counted.
    let permit = open.acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, remote)) => {
                // Answers are small and whole: waiting to fill a packet only delays them.
                let _ = stream.set_nodelay(true);
                return (stream, RemoteAddr(Addr::SocketAddr(remote)), permit);
            }
            Err(error) => {
                tracing::warn!(error = %error.kind(), "a connection could not be accepted");
                tokio::time::sleep(BREATH).await;
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
    async fn answer(
        self,
        request: hyper::Request<Incoming>,
    ) -> Result<hyper::Response<BoxBody<Bytes, std::io::Error>>, Infallible> {
        let _counted = Counted::one(self.requests);
        let request = (request, self.local, self.remote, Scheme::HTTP).into();
        Ok(self.endpoint.get_response(request).await.into())
    }
}

/// A request on its way, until it is answered or dropped.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn one(requests: Arc<AtomicUsize>) -> Self {
        requests.fetch_add(1, Ordering::SeqCst);
        Self(requests)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
