use std::sync::Arc;
use std::time::Duration;

use wxlogin_crypto::{JwtSigner, MasterKeySealer};
use wxlogin_domain::ports::{
    CannotOpen, Clock, CryptoFault, Randomness, Sealer, StoreError, Stores, TokenSigner,
};
use wxlogin_domain::usecase::operations::deployment::{self, DeploymentError};
use wxlogin_domain::usecase::tokens::signing_keys::{KeyPolicy, SigningKeys};

use crate::config::{Config, DATABASE_URL};
use crate::database::{Database, IfMissing, OpenError};

/// How long clients may cache the JWK Set. A new key is published for twice as long before it
/// signs.
const JWKS_MAX_AGE: Duration = Duration::from_secs(150);

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database cannot be migrated.
    #[error("cannot migrate the database: {0}")]
    Migrate(#[source] StoreError),
    /// The schema is older than this version, and must not be migrated.
    #[error("{0} migrations are pending; run `wxlogin migrate`, or start without --no-migrate")]
    Pending(usize),
    /// The database belongs to another deployment.
    #[error(transparent)]
    Deployment(#[from] DeploymentError),
    /// The key of tombstones cannot be decrypted.
    #[error(transparent)]
    TombstoneKey(#[from] CannotOpen),
    /// The cryptographic library failed.
    #[error(transparent)]
    Crypto(#[from] CryptoFault),
}

/// Whether to migrate the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Migrate {
    /// Migrate it.
    Yes,
    /// Fail if migrations are pending.
    No,
}

/// What the service and the commands start from: the deployment's database and the keys to it.
pub(crate) struct Bootstrap {
    pub(crate) database: Database,
    pub(crate) stores: Stores,
    pub(crate) sealer: Arc<dyn Sealer>,
    pub(crate) signer: Arc<dyn TokenSigner>,
    /// The signing keys, for commands that manage them.
    pub(crate) keys: Arc<SigningKeys>,
}

impl Bootstrap {
    /// Opens and migrates the database, and checks that it belongs to this deployment.
    pub(crate) async fn open(
        config: &Config,
        migrate: Migrate,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
    ) -> Result<Self, BootstrapError> {
        let if_missing = match migrate {
            Migrate::Yes => IfMissing::Create,
            Migrate::No => IfMissing::Fail,
        };
        let database = Database::open(DATABASE_URL, &config.database, if_missing).await?;
        match migrate {
            Migrate::Yes => database.migrate().await.map_err(BootstrapError::Migrate)?,
            Migrate::No => {
                let pending = database.pending_migrations().await;
                let pending = pending.map_err(BootstrapError::Migrate)?;
                if pending > 0 {
                    return Err(BootstrapError::Pending(pending));
                }
            }
        }
        let stores = database.stores();
        let sealer = MasterKeySealer::new(&config.master_key, randomness)?
            .with_previous(&config.previous_master_keys)?;
        let (key_check, previous) = (sealer.key_check(), sealer.previous_key_checks());
        let store = stores.deployment.as_ref();
        let deployment = deployment::claim(store, config.kind, key_check, &previous).await?;
        let sealer: Arc<dyn Sealer> = Arc::new(sealer.for_deployment(&deployment)?);
        let signer: Arc<dyn TokenSigner> = Arc::new(JwtSigner::default());
        let keys = stores.keys.clone();
        let keys =
            SigningKeys::new(keys, sealer.clone(), signer.clone(), clock, key_policy(config));
        Ok(Self { database, stores, sealer, signer, keys: Arc::new(keys) })
    }
}

/// The configured policy of signing keys.
pub(crate) fn key_policy(config: &Config) -> KeyPolicy {
    KeyPolicy {
        jwks_max_age: JWKS_MAX_AGE,
        rotate_after: config.signing_key_life,
        longest_token: config.tokens.longest(),
    }
}
