//! The simulator's routes, and serving them.

use std::future::{Future, ready};
use std::io;
use std::time::Duration;

use poem::endpoint::BoxEndpoint;
use poem::listener::TcpAcceptor;
use poem::{EndpointExt, Response, Server, get};
use tokio::net::TcpListener;

use crate::cors::CorsForOrigins;
use crate::loopback_only::loopback_only;
use crate::simulator::Simulator;
use crate::{control, page, wechat};

/// How long open connections may take to finish after the shutdown signal.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(1);

impl Simulator {
    /// Everything that the simulator serves: `WeChat`'s calls, the control API and the page.
    /// Requests with a foreign `Host` header are refused.
    #[must_use]
    pub fn routes(&self) -> BoxEndpoint<'static, Response> {
        let simulator = self.clone();
        let routes = wechat::routes()
            .at("/", get(page::html))
            .nest("/sim", control::routes())
            .catch_all_error(move |_| ready(wechat::unknown_path(&simulator)))
            .data(self.clone());
        CorsForOrigins::new(routes, &self.config().cors_origins).around(loopback_only).boxed()
    }

    /// Serves [`routes`](Self::routes) on a bound listener until `shutdown` completes.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::InvalidInput`] if other machines can reach the listener's address,
    /// otherwise the error of the socket.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let address = listener.local_addr()?;
        if !address.ip().is_loopback() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!(
                    "the WeChat simulator listens on loopback addresses only, not on {address}"
                ),
            ));
        }
        Server::new_with_acceptor(TcpAcceptor::from_tokio(listener)?)
            .name("wechat-sim")
            .run_with_graceful_shutdown(self.routes(), shutdown, Some(SHUTDOWN_TIMEOUT))
            .await
    }
}
