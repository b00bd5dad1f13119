use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use wxlogin_api::HttpSettings;
use wxlogin_avatars::{AvatarFolder, CannotOpenFolder, JpegConverter};
use wxlogin_crypto::WechatCryptography;
use wxlogin_domain::model::{AuditAction, AuditEvent};
use wxlogin_domain::ports::{AvatarStore, Clock, DeploymentKind, Randomness, StoreError};
use wxlogin_domain::usecase::tokens::revocations::Revocations;
use wxlogin_domain::usecase::tokens::signing_keys::SigningKeysError;
use wxlogin_domain::usecase::{Policies, Ports, UseCases};
use wxlogin_limits::{AddressLimiter, UserLimiter};
use wxlogin_push::PushFormats;
use wxlogin_wechat::{CannotBuildClient, WechatClient};

use crate::bootstrap::{Bootstrap, BootstrapError, Migrate, key_policy};
use crate::config::Config;
use crate::database::{self, Database, UseOfFile};
use crate::tasks;

/// Why wxlogin cannot start. Each text is one line for the operator.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database cannot be used.
    #[error(transparent)]
    Bootstrap(#[from] BootstrapError),
    /// There is no key to sign tokens with.
    #[error(transparent)]
    SigningKeys(#[from] SigningKeysError),
    /// The configured API client cannot be stored.
    #[error("cannot store the API client: {0}")]
    Client(#[source] StoreError),
    /// The API clients cannot be read.
    #[error("cannot load the API clients: {0}")]
    Clients(#[source] StoreError),
    /// The revocation list cannot be read.
    #[error("cannot load revocations: {0}")]
    Revocations(#[source] StoreError),
    /// The folder for avatars cannot be used.
    #[error("avatars.directory: {0}")]
    Avatars(#[from] CannotOpenFolder),
    /// The HTTP client for WeChat cannot be created.
    #[error(transparent)]
    Wechat(#[from] CannotBuildClient),
    /// A part of the start panicked.
    #[error("the start was aborted")]
    Aborted,
    /// The address is in use, or not one of this machine.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::ErrorKind),
}

/// How long the start waits for the revocations.
const FIRST_READ: Duration = Duration::from_secs(1);

/// How long to wait for the database to close.
const CLOSING: Duration = Duration::from_secs(5);

/// A running wxlogin.
pub struct Running {
    address: SocketAddr,
    server: JoinHandle<std::io::Result<()>>,
    tasks: JoinSet<()>,
    stop: oneshot::Sender<()>,
    services: UseCases,
    database: Database,
    /// Held until the database is closed.
    _use_of_file: UseOfFile,
    shutdown_timeout: Duration,
}

/// Builds everything from the configuration and starts to serve.
pub async fn start(
    config: Config,
    migrate: Migrate,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
) -> Result<Running, StartError> {
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    if config.unofficial_wechat {
        tracing::warn!(
            "wechat.unofficial is set: another server answers for WeChat and decides who users are"
        );
    }
    // Reading the system's certificates takes as long as connecting to the database.
    let (wechat, apps, time) = (config.wechat.clone(), config.apps.clone(), clock.clone());
    let wechat = tokio::task::spawn_blocking(move || WechatClient::new(wechat, apps, time));
    let bootstrap = Bootstrap::open(&config, migrate, clock.clone(), randomness.clone()).await?;
    let use_of_file = UseOfFile::note(config.database.url.expose());
    let Bootstrap { database, stores, sealer, signer, keys: _ } = bootstrap;
    let keys = key_policy(&config);
    if let Some(client) = config.client {
        let (id, action) = (client.id.clone(), AuditAction::ClientCreated);
        let event = AuditEvent::of_client(action, id, None, clock.now(), randomness.as_ref());
        stores.clients.insert_client(client, event).await.map_err(StartError::Client)?;
    }
    let wechat = wechat.await.map_err(|_| StartError::Aborted)??;
    let limits = &config.limits;
    let by_address =
        |permits| Arc::new(AddressLimiter::per_minute(permits, limits.ipv6_site_factor, &clock));
    let failures = by_address(limits.failed_logins_per_minute);
    let credential_failures = by_address(limits.failed_credentials_per_minute);
    let calls = Arc::new(UserLimiter::new(limits.calls));
    let policies = Policies {
        apps: config.apps,
        pushes: config.pushes,
        tokens: config.tokens,
        keys,
        sessions: config.sessions,
        erasure_grace: config.erasure_grace,
        longest_avatar: config.avatars.max_upload_bytes,
    };
    let http = HttpSettings {
        issuer: policies.tokens.issuer.clone(),
        original_app: config.original_app,
        trusted_proxies: config.server.trusted_proxies,
        loopback_hosts_only: config.kind == DeploymentKind::Development,
        body_timeout: config.server.body_timeout,
        cors_origins: config.server.cors_origins,
        example: config.example,
    };
    let directory = config.avatars.directory.as_deref();
    let avatars = directory.map(|directory| avatars(directory, clock.as_ref())).transpose()?;
    let ports = Ports {
        stores,
        signer,
        sealer,
        crypto: Arc::new(WechatCryptography),
        push_reader: Arc::new(PushFormats),
        avatars,
        pictures: Arc::new(JpegConverter::default()),
        wechat: Arc::new(wechat),
        failures,
        credential_failures,
        calls,
        clock,
        randomness,
    };
    let services = UseCases::new(ports, policies);
    services.keys.make_ready().await?;
    // The instance answers `/readyz` as soon as it listens. A probe that fails is repeated.
    let (_, revocations, clients) = tokio::join!(
        services.readiness.probe(),
        read_revocations(&services.revocations),
        services.clients.load(),
    );
    revocations?;
    clients.map_err(StartError::Clients)?;

    let listen = config.server.listen;
    let failed = |error: std::io::Error| StartError::Listen(listen, error.kind());
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let shutdown_timeout = config.server.shutdown_timeout;
    let tasks = tasks::start(&services);
    let (stop, stopped) = oneshot::channel::<()>();
    let served = services.clone();
    let server = tokio::spawn(async move {
        let stopped = async { drop(stopped.await) };
        wxlogin_api::serve(listener, &served, http, stopped).await
    });
    let version = env!("CARGO_PKG_VERSION");
    let kind = database::scheme(config.database.url.expose());
    tracing::info!(%address, version, database = kind, "wxlogin answers");
    Ok(Running {
        address,
        server,
        tasks,
        stop,
        services,
        database,
        _use_of_file: use_of_file,
        shutdown_timeout,
    })
}

/// Reads the revocations. If there are so many that it takes long, it goes on after the start.
async fn read_revocations(revocations: &Arc<Revocations>) -> Result<(), StartError> {
    let revocations = revocations.clone();
    let reading = tokio::spawn(async move {
        let begun = Instant::now();
        let read = revocations.catch_up().await;
        if read.is_ok() && begun.elapsed() > FIRST_READ {
            tracing::info!("all revocations are read");
        }
        read
    });
    let Ok(read) = tokio::time::timeout(FIRST_READ, reading).await else {
        tracing::info!("still reading revocations; until then, tokens are checked in the database");
        return Ok(());
    };
    read.map_err(|_| StartError::Aborted)?.map_err(StartError::Revocations)
}

fn avatars(directory: &Path, clock: &dyn Clock) -> Result<Arc<dyn AvatarStore>, CannotOpenFolder> {
    Ok(Arc::new(AvatarFolder::open(directory, clock.now())?))
}

impl Running {
    /// Returns the address it serves on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Creates the next signing key, as `wxlogin keys rotate` does.
    pub async fn rotate_keys(&self) -> Result<(), SigningKeysError> {
        self.services.keys.rotate().await.map(drop)
    }

    /// Waits until a part of it fails, and returns which.
    pub async fn failed(&mut self) -> String {
        tokio::select! {
            served = &mut self.server => match served {
                Ok(Ok(())) => "the server stopped".into(),
                Ok(Err(error)) => format!("the server failed: {}", error.kind()),
                Err(_) => "the server was aborted".into(),
            },
            Some(_) = self.tasks.join_next() => "a background task was aborted".into(),
        }
    }

    /// Accepts no more requests, waits for running ones and closes the database. Returns `false` if
    /// something did not finish within the shutdown timeout and was aborted.
    pub async fn stop(mut self) -> bool {
        let deadline = tokio::time::Instant::now() + self.shutdown_timeout;
        let _ = self.stop.send(());
        let ended = async {
            // A login whose client has hung up is no request any more, but must finish as well.
            let served = self.server.await;
            self.services.log_in.idle().await;
            self.services.phones.idle().await;
            self.services.pushes.idle().await;
            self.services.session_key_reset.idle().await;
            self.services.wechat_access_tokens.idle().await;
            matches!(served, Ok(Ok(())))
        };
        let in_time = tokio::time::timeout_at(deadline, ended).await.unwrap_or(false);
        self.tasks.shutdown().await;
        let closed = tokio::time::timeout(CLOSING, self.database.close()).await.is_ok();
        in_time && closed
    }
}
