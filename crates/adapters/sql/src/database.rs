use std::sync::Arc;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};
use sea_orm_migration::MigratorTrait;
use tokio::sync::Mutex;
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
    /// The connection that was opened first, for what a process does first.
    first: Arc<Mutex<Option<DatabaseConnection>>>,
}

impl Database {
    /// Opens the database behind `url`. A SQLite file is created if it does not exist.
    pub async fn open(url: &str, settings: DatabaseSettings) -> Result<Self, OpenError> {
        let engine = Engine::of(url)?;
        engine.make_file(url)?;
        // On the heap: the driver's futures are nested deeper than the compiler likes to look.
        let first = Box::pin(engine.connect(url, settings, Role::Migrator));
        let connections = Box::pin(Connections::open(engine, url, settings));
        let (first, connections) = match engine {
            // The first connection to a new file changes its journal mode, for which it must be alone.
            Engine::Sqlite => (Ok(first.await?), connections.await),
            Engine::MySql | Engine::Postgres => tokio::join!(first, connections),
        };
        let first = first?;
        // Before the other connections, which a server that is too old may refuse.
        engine.check_version(&first).await?;
        let connections = match connections {
            // The server answers, and was too slow for as many at once.
            Err(OpenError::Store(StoreError::Unavailable(_))) => {
                Box::pin(Connections::open(engine, url, settings)).await
            }
            opened => opened,
        };
        let (connections, first) = (Arc::new(connections?), Arc::new(Mutex::new(Some(first))));
        Ok(Self { url: url.into(), connections, first })
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
        let connection = self.own_connection().await?;
        let migrated = migrate(self.connections.engine, &connection).await;
        connection.close().await?;
        migrated
    }

    /// A connection that nobody else uses: the first one, if it is still there.
    async fn own_connection(&self) -> Result<DatabaseConnection, DbErr> {
        if let Some(first) = self.first.lock().await.take() {
            return Ok(first);
        }
        let Connections { engine, settings, .. } = self.connections.as_ref();
        engine.connect(&self.url, *settings, Role::Migrator).await
    }

    /// How many migrations are pending.
    pub async fn pending_migrations(&self) -> Result<usize, StoreError> {
        let count = async {
            let connection = self.own_connection().await?;
            let pending = Migrator::get_pending_migrations_read_only(&connection).await;
            connection.close().await?;
            Ok(pending?.len())
        };
        count.await.map_err(|error: DbErr| Failure::from(error).into())
    }

    /// Lets PostgreSQL count its rows after many were written: until it does so by itself, it would plan
    /// queries for the number that it knew before. The other engines do not need it.
    pub async fn update_statistics(&self) -> Result<(), StoreError> {
        if self.connections.engine != Engine::Postgres {
            return Ok(());
        }
        let updated = async {
            let connection = self.own_connection().await?;
            // It may take longer than a statement of a request.
            let statements = "SET statement_timeout = 0; ANALYZE";
            let analyzed = connection.execute_unprepared(statements).await;
            connection.close().await?;
            analyzed.map(drop)
        };
        updated.await.map_err(|error: DbErr| Failure::from(error).into())
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
        drop(self.first.lock().await.take());
        self.connections.close().await;
    }
}

/// Reads how many migrations are pending, and changes nothing. A SQLite file must exist.
pub async fn inspect(url: &str, settings: DatabaseSettings) -> Result<usize, OpenError> {
    let engine = Engine::of(url)?;
    let connection = Box::pin(engine.connect(url, settings, Role::Reads)).await?;
    engine.check_version(&connection).await?;
    let pending = Migrator::get_pending_migrations_read_only(&connection).await?;
    connection.close().await?;
    Ok(pending.len())
}

/// Checks `url` without opening it.
pub fn check_url(url: &str) -> Result<(), OpenError> {
    Engine::of(url).map(drop)
}
