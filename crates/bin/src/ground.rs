use std::sync::Arc;

use wxlogin_crypto::{JwtSigner, MasterKeySealer};
use wxlogin_domain::ports::{Clock, Deployment, Randomness, Sealer, Stores, TokenSigner};
use wxlogin_domain::usecase::operations::deployment;
use wxlogin_domain::usecase::tokens::signing_keys::{KeyPolicy, SigningKeys};

use crate::config::{Config, DATABASE_URL};
use crate::database::Database;
use crate::start::{Migrate, StartError};

/// How long clients may keep the JWK Set. Twice as long is what a new key is published before it
/// signs.
const JWKS_MAX_AGE: std::time::Duration = std::time::Duration::from_secs(150);

/// What everything stands on: the deployment's own database, and the keys to what is in it.
pub(crate) struct Ground {
    pub(crate) database: Database,
    pub(crate) stores: Stores,
    pub(crate) sealer: Arc<dyn Sealer>,
    pub(crate) signer: Arc<dyn TokenSigner>,
    pub(crate) keys: Arc<SigningKeys>,
}

impl Ground {
    /// Opens the database, brings it up to date, and makes sure that it is this deployment's.
    pub(crate) async fn open(
        config: &Config,
        migrate: Migrate,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
    ) -> Result<Self, StartError> {
        let database = Database::open(DATABASE_URL, &config.database).await?;
        bring_up_to_date(&database, migrate).await?;
        let stores = database.stores();
        let sealer: Arc<dyn Sealer> =
            Arc::new(MasterKeySealer::new(&config.master_key, randomness)?);
        let ours = Deployment { key_check: sealer.key_check(), kind: config.kind };
        deployment::claim(stores.deployment.as_ref(), ours).await?;
        let signer: Arc<dyn TokenSigner> = Arc::new(JwtSigner::default());
        let policy = KeyPolicy {
            jwks_max_age: JWKS_MAX_AGE,
            rotate_after: config.signing_key_life,
            longest_token: config.tokens.longest(),
        };
        let keys =
            SigningKeys::new(stores.keys.clone(), sealer.clone(), signer.clone(), clock, policy);
        Ok(Self { database, stores, sealer, signer, keys: Arc::new(keys) })
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
