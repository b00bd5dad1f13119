use std::sync::Arc;

use sea_orm::DbErr;
use sea_orm_migration::MigratorTrait;
use wxlogin_domain::ports::{StoreError, Stores};

use crate::accounts::Accounts;
use crate::connections::Connections;
use crate::engine::{Engine, Role};
use crate::error::Failure;
use crate::migrate::migrate;
use crate::migration::Migrator;
use crate::open_error::OpenError;
use crate::sessions::Sessions;
use crate::settings::DatabaseSettings;

/// An open database.
#[derive(Clone)]
pub struct Database {
    url: Arc<str>,
    connections: Arc<Connections>,
}

impl Database {
    /// Opens the database behind `url`. A SQLite file is created if it does not exist.
    pub async fn open(url: &str, settings: DatabaseSettings) -> Result<Self, OpenError> {
        let engine = Engine::of(url)?;
        engine.make_file(url)?;
        // On the heap: the driver's futures are nested deeper than the compiler likes to look.
        let connections = Box::pin(Connections::open(engine, url, settings)).await?;
        Ok(Self { url: url.into(), connections: Arc::new(connections) })
    }

    /// Brings the schema up to date. Processes that do so at the same time take turns.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        self.migrate_on_own_connection().await.map_err(|error| match error {
            // The migrator's text for a migration that it does not have.
            DbErr::Custom(text) if text.contains("is missing") => {
                StoreError::Unexpected("its schema was made by a newer wxlogin".into())
            }
            error => Failure::from(error).into(),
        })
    }

    async fn migrate_on_own_connection(&self) -> Result<(), DbErr> {
        let Connections { engine, settings, .. } = self.connections.as_ref();
        let connection = engine.connect(&self.url, *settings, Role::Migrator).await?;
        let migrated = migrate(*engine, &connection).await;
        connection.close().await?;
        migrated
    }

    /// How many migrations are pending.
    pub async fn pending_migrations(&self) -> Result<usize, StoreError> {
        let pending =
            Migrator::get_pending_migrations_read_only(self.connections.reader().db()).await;
        pending.map(|pending| pending.len()).map_err(|error| Failure::from(error).into())
    }

    /// The domain's ports on this database. Call it once: each call starts workers of its own.
    #[must_use]
    pub fn stores(&self) -> Stores {
        let connections = &self.connections;
        let accounts = Arc::new(Accounts::new(connections.clone()));
        Stores {
            accounts: accounts.clone(),
            session_keys: accounts.clone(),
            conflicts: accounts.clone(),
            sessions: Arc::new(Sessions::new(connections.clone())),
            keys: connections.clone(),
            clients: connections.clone(),
            pushes: connections.clone(),
            audit: connections.clone(),
            import: accounts,
            transfer: connections.clone(),
            deployment: connections.clone(),
        }
    }

    /// Closes every connection.
    pub async fn close(&self) {
        self.connections.close().await;
    }
}

/// Checks `url` without opening it.
pub fn check_url(url: &str) -> Result<(), OpenError> {
    Engine::of(url).map(drop)
}
