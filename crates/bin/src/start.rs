use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use wxlogin_api::HttpSettings;
use wxlogin_avatars::{AvatarFolder, CannotOpenFolder, JpegConverter};
use wxlogin_crypto::WechatCryptography;
use wxlogin_domain::ports::{
    AvatarStore, Clock, CryptoFault, DeploymentKind, Randomness, StoreError,
};
use wxlogin_domain::usecase::operations::deployment::DeploymentError;
use wxlogin_domain::usecase::tokens::signing_keys::SigningKeysError;
use wxlogin_domain::usecase::{Policies, Ports, UseCases};
use wxlogin_limits::MemoryRateLimiter;
use wxlogin_push::PushFormats;
use wxlogin_wechat::{CannotBuildClient, WechatClient};

use crate::config::Config;
use crate::database::{Database, OpenError};
use crate::ground::Ground;
use crate::tasks;

/// wxlogin cannot start. Each is one line for the operator.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database cannot be brought up to date.
    #[error("the database cannot be migrated: {0}")]
    Migrate(#[source] StoreError),
    /// The schema is older than this version and must not be changed.
    #[error("{0} migrations are pending; run `wxlogin migrate`, or start without --no-migrate")]
    Pending(usize),
    /// The database is another deployment's.
    #[error(transparent)]
    Deployment(#[from] DeploymentError),
    /// There is no key to sign tokens with.
    #[error(transparent)]
    SigningKeys(#[from] SigningKeysError),
    /// The first API client cannot be stored.
    #[error("the API client cannot be stored: {0}")]
    Client(#[source] StoreError),
    /// What was revoked cannot be read.
    #[error("what was revoked cannot be read: {0}")]
    Revocations(#[source] StoreError),
    /// The cryptographic library failed.
    #[error(transparent)]
    Crypto(#[from] CryptoFault),
    /// People's pictures cannot be kept where they should be.
    #[error("avatars.directory: {0}")]
    Avatars(#[from] CannotOpenFolder),
    /// WeChat cannot be called at all.
    #[error(transparent)]
    Wechat(#[from] CannotBuildClient),
    /// The address is taken or not ours.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::ErrorKind),
}

/// Whether a start may change the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Migrate {
    /// It brings it up to date.
    Yes,
    /// It refuses to start on an old one.
    No,
}

/// How long the database may take to close.
const CLOSING: Duration = Duration::from_secs(5);

/// A wxlogin that answers.
pub struct Running {
    address: SocketAddr,
    server: JoinHandle<std::io::Result<()>>,
    tasks: JoinSet<()>,
    stop: oneshot::Sender<()>,
    services: UseCases,
    database: Database,
    shutdown_timeout: Duration,
}

/// Puts everything together and begins to answer.
pub async fn start(
    config: Config,
    migrate: Migrate,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
) -> Result<Running, StartError> {
    if config.unofficial_wechat {
        tracing::warn!(
            "WeChat is not asked: wechat.unofficial lets another server say who everybody is"
        );
    }
    let ground = Ground::open(&config, migrate, clock.clone(), randomness.clone()).await?;
    ground.keys.make_ready().await?;
    if let Some(client) = config.client {
        ground.stores.clients.insert_client(client).await.map_err(StartError::Client)?;
    }
    let wechat = WechatClient::new(config.wechat, config.apps.clone(), clock.clone())?;
    let failures = failed_logins(config.failed_logins_per_minute, clock.clone());
    let policies = Policies {
        apps: config.apps,
        pushes: config.pushes,
        tokens: config.tokens,
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
    let Ground { database, stores, sealer, signer, keys } = ground;
    let directory = config.avatars.directory.as_deref();
    let avatars = directory.map(|directory| avatars(directory, clock.as_ref())).transpose()?;
    let ports = Ports {
        stores,
        keys,
        signer,
        sealer,
        crypto: Arc::new(WechatCryptography),
        push_reader: Arc::new(PushFormats),
        avatars,
        pictures: Arc::new(JpegConverter::default()),
        wechat: Arc::new(wechat),
        failures: Arc::new(failures),
        clock,
        randomness,
    };
    let services = UseCases::wire(ports, policies);
    services.revocations.catch_up().await.map_err(StartError::Revocations)?;

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
    tracing::info!(%address, "wxlogin answers");
    Ok(Running { address, server, tasks, stop, services, database, shutdown_timeout })
}

fn avatars(directory: &Path, clock: &dyn Clock) -> Result<Arc<dyn AvatarStore>, CannotOpenFolder> {
    Ok(Arc::new(AvatarFolder::open(directory, clock.now())?))
}

fn failed_logins(per_minute: NonZeroU32, clock: Arc<dyn Clock>) -> MemoryRateLimiter {
    MemoryRateLimiter::new(per_minute, Duration::from_mins(1) / per_minute.get(), clock)
}

impl Running {
    /// Where it answers.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Makes the next signing key, as `wxlogin keys rotate` does.
    pub async fn rotate_keys(&self) -> Result<(), SigningKeysError> {
        self.services.keys.rotate().await.map(drop)
    }

    /// Waits until something ends by itself, which only a failure makes it do, and says which.
    pub async fn failed(&mut self) -> String {
        tokio::select! {
            served = &mut self.server => match served {
                Ok(Ok(())) => "the server stopped".into(),
                Ok(Err(error)) => format!("the server failed: {}", error.kind()),
                Err(_) => "the server broke off".into(),
            },
            Some(_) = self.tasks.join_next() => "a background task broke off".into(),
        }
    }

    /// Accepts nothing new, lets what has begun end, closes the database. Whatever has not ended
    /// within the shutdown timeout is cut off. `false` when something was.
    pub async fn stop(mut self) -> bool {
        let deadline = tokio::time::Instant::now() + self.shutdown_timeout;
        let _ = self.stop.send(());
        let ended = async {
            // A login whose client has gone is no request any more, and has to end all the same.
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
