use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use wxlogin_api::{HttpSettings, Services};
use wxlogin_crypto::{JwtSigner, MasterKeySealer};
use wxlogin_domain::ports::{
    Clock, CryptoFault, Deployment, DeploymentKind, Randomness, Sealer, StoreError, Stores,
    TokenSigner,
};
use wxlogin_domain::usecase::access_tokens::AccessTokens;
use wxlogin_domain::usecase::current_user::CurrentUser;
use wxlogin_domain::usecase::deployment::{self, DeploymentError};
use wxlogin_domain::usecase::log_in::{LogIn, LogInParts};
use wxlogin_domain::usecase::signing_keys::{SigningKeys, SigningKeysError};
use wxlogin_limits::MemoryRateLimiter;
use wxlogin_wechat::{CannotBuildClient, WechatClient};

use crate::config::{Config, DATABASE_URL};
use crate::database::{Database, OpenError};

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
    /// The cryptographic library failed.
    #[error(transparent)]
    Crypto(#[from] CryptoFault),
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
    stop: oneshot::Sender<()>,
    log_in: Arc<LogIn>,
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
    let Deployed { database, stores, sealer } =
        Deployed::open(&config, migrate, randomness.clone()).await?;

    let signer: Arc<dyn TokenSigner> = Arc::new(JwtSigner::default());
    SigningKeys::new(stores.keys.clone(), sealer.clone(), signer.clone(), clock.clone())
        .make_ready()
        .await?;

    let wechat = WechatClient::new(config.wechat, config.apps.clone(), clock.clone())?;
    let tokens =
        Arc::new(AccessTokens::new(config.tokens, signer, clock.clone(), randomness.clone()));
    let log_in = Arc::new(LogIn::new(LogInParts {
        apps: config.apps,
        sessions: config.sessions,
        tokens: tokens.clone(),
        wechat: Arc::new(wechat),
        accounts: stores.accounts.clone(),
        sealer,
        failures: Arc::new(failed_logins(config.failed_logins_per_minute, clock.clone())),
        clock: clock.clone(),
        randomness,
    }));
    let services = services(&stores, log_in.clone(), tokens, clock);
    let http = HttpSettings {
        original_app: config.original_app,
        trusted_proxies: config.server.trusted_proxies,
        loopback_hosts_only: config.kind == DeploymentKind::Development,
        body_timeout: config.server.body_timeout,
    };

    let listen = config.server.listen;
    let failed = |error: std::io::Error| StartError::Listen(listen, error.kind());
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let shutdown_timeout = config.server.shutdown_timeout;
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(async move {
        let stopped = async { drop(stopped.await) };
        wxlogin_api::serve(listener, &services, http, stopped).await
    });
    tracing::info!(%address, "wxlogin answers");
    Ok(Running { address, server, stop, log_in, database, shutdown_timeout })
}

/// The database of this deployment, up to date, and what seals its secrets.
pub(crate) struct Deployed {
    pub(crate) database: Database,
    pub(crate) stores: Stores,
    pub(crate) sealer: Arc<dyn Sealer>,
}

impl Deployed {
    pub(crate) async fn open(
        config: &Config,
        migrate: Migrate,
        randomness: Arc<dyn Randomness>,
    ) -> Result<Self, StartError> {
        let database = Database::open(DATABASE_URL, &config.database).await?;
        bring_up_to_date(&database, migrate).await?;
        let stores = database.stores();
        let sealer: Arc<dyn Sealer> =
            Arc::new(MasterKeySealer::new(&config.master_key, randomness)?);
        let ours = Deployment { key_check: sealer.key_check(), kind: config.kind };
        deployment::claim(stores.deployment.as_ref(), ours).await?;
        Ok(Self { database, stores, sealer })
    }
}

async fn bring_up_to_date(database: &Database, migrate: Migrate) -> Result<(), StartError> {
    match migrate {
        Migrate::Yes => database.migrate().await.map_err(StartError::Migrate),
        Migrate::No => match database.pending_migrations().await.map_err(StartError::Migrate)? {
            0 => Ok(()),
            pending => Err(StartError::Pending(pending)),
        },
    }
}

fn failed_logins(per_minute: NonZeroU32, clock: Arc<dyn Clock>) -> MemoryRateLimiter {
    MemoryRateLimiter::new(per_minute, Duration::from_mins(1) / per_minute.get(), clock)
}

fn services(
    stores: &Stores,
    log_in: Arc<LogIn>,
    tokens: Arc<AccessTokens>,
    clock: Arc<dyn Clock>,
) -> Services {
    let current_user =
        Arc::new(CurrentUser::new(tokens, stores.accounts.clone(), stores.sessions.clone(), clock));
    Services { log_in, current_user, deployment: stores.deployment.clone() }
}

impl Running {
    /// Where it answers.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until the server ends by itself, which only a failure makes it do, and says which.
    pub async fn failed(&mut self) -> String {
        match (&mut self.server).await {
            Ok(Ok(())) => "it stopped".into(),
            Ok(Err(error)) => error.kind().to_string(),
            Err(_) => "it broke off".into(),
        }
    }

    /// Accepts nothing new, lets what has begun end, closes the database. Whatever has not ended
    /// within the shutdown timeout is cut off. `false` when something was.
    pub async fn stop(self) -> bool {
        let deadline = tokio::time::Instant::now() + self.shutdown_timeout;
        let _ = self.stop.send(());
        let ended = async {
            // A login whose client has gone is no request any more, and has to end all the same.
            let served = self.server.await;
            self.log_in.idle().await;
            matches!(served, Ok(Ok(())))
        };
        let in_time = tokio::time::timeout_at(deadline, ended).await.unwrap_or(false);
        let closed = tokio::time::timeout(CLOSING, self.database.close()).await.is_ok();
        in_time && closed
    }
}
