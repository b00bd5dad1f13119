//! The simulator as its users hold it: configuration, routes, serving.

use std::future::{Future, ready};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use poem::endpoint::BoxEndpoint;
use poem::listener::TcpAcceptor;
use poem::{EndpointExt, Response, Server, get};
use tokio::net::TcpListener;

use crate::cors::ForOrigins;
use crate::state::State;
use crate::{control, guard, page, wechat};

/// How long open connections may take to finish after the shutdown signal.
const GRACE: Duration = Duration::from_secs(1);

/// The message push token of an app that names none.
pub const DEV_PUSH_TOKEN: &str = "wxsimPushToken";

/// The `EncodingAESKey` of an app that names none. Like most of `WeChat`'s it ends in a character
/// whose last bits belong to no byte, which strict base64 decoders refuse.
pub const DEV_ENCODING_AES_KEY: &str = "wxsimEncodingAESKeyForDevelopmentAndTests01";

/// One mini-program that the simulated WeChat knows.
#[derive(Clone, Default)]
pub struct SimApp {
    /// Its `AppID`, as `WeChat`'s admin console shows it.
    pub app_id: String,
    /// Its `AppSecret`. Any text will do here; it never leaves the simulator.
    pub secret: String,
    /// The token that signs its message push; [`DEV_PUSH_TOKEN`] if there is none.
    pub push_token: Option<String>,
    /// The 43 characters whose key encrypts its message push; [`DEV_ENCODING_AES_KEY`] if there
    /// are none.
    pub encoding_aes_key: Option<String>,
}

/// What a [`Simulator`] starts with.
#[derive(Clone, Default)]
pub struct SimConfig {
    /// The mini-programs it serves.
    pub apps: Vec<SimApp>,
    /// The URL of the wxlogin that talks to this simulator, for the ready-made
    /// commands of the page. Nothing is ever sent there.
    pub wxlogin_url: Option<String>,
    /// Other origins on this machine whose pages may use the simulator, like
    /// `http://localhost:5173`.
    pub cors_origins: Vec<String>,
}

impl SimApp {
    pub(crate) fn push_token(&self) -> &str {
        self.push_token.as_deref().unwrap_or(DEV_PUSH_TOKEN)
    }

    pub(crate) fn encoding_aes_key(&self) -> &str {
        self.encoding_aes_key.as_deref().unwrap_or(DEV_ENCODING_AES_KEY)
    }
}

impl SimConfig {
    pub(crate) fn app(&self, app_id: &str) -> Option<&SimApp> {
        self.apps.iter().find(|app| app.app_id == app_id)
    }
}

/// An offline `WeChat` with its state in memory. Clones share that state.
#[derive(Clone)]
pub struct Simulator {
    shared: Arc<Shared>,
}

struct Shared {
    config: SimConfig,
    state: Mutex<State>,
}

impl Simulator {
    /// A simulator that knows the configured mini-programs and nobody else yet.
    #[must_use]
    pub fn new(config: SimConfig) -> Self {
        Self { shared: Arc::new(Shared { config, state: Mutex::default() }) }
    }

    /// Everything the simulator answers: `WeChat`'s calls, the control API and
    /// the page, behind the check that refuses foreign `Host` headers.
    #[must_use]
    pub fn routes(&self) -> BoxEndpoint<'static, Response> {
        let simulator = self.clone();
        let answers = wechat::routes()
            .at("/", get(page::html))
            .nest("/sim", control::routes())
            .catch_all_error(move |error| ready(wechat::unknown(&simulator, &error)))
            .data(self.clone());
        let origins = &self.config().cors_origins;
        ForOrigins::new(answers, origins).around(guard::loopback_only).boxed()
    }

    /// Serves [`routes`](Self::routes) on a bound listener until `shutdown`
    /// completes.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::InvalidInput`] when the listener is bound to an address
    /// that other machines can reach, otherwise whatever the socket reports.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let address = listener.local_addr()?;
        if !address.ip().is_loopback() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("the WeChat simulator serves loopback addresses only, not {address}"),
            ));
        }
        Server::new_with_acceptor(TcpAcceptor::from_tokio(listener)?)
            .name("wechat-sim")
            .run_with_graceful_shutdown(self.routes(), shutdown, Some(GRACE))
            .await
    }

    pub(crate) fn config(&self) -> &SimConfig {
        &self.shared.config
    }

    /// The state, for one short step: never held across an await.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
