use wxlogin_domain::ports::{StoreError, Stores};
use wxlogin_mongo::LegacyDatabase;

use crate::config::DatabaseConfig;

/// A database, opened with the adapter for its URL's scheme.
pub(crate) enum Database {
    Sql(wxlogin_sql::Database),
    Mongo(wxlogin_mongo::Database),
}

/// A database cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("{setting}: {cause}")]
pub struct OpenError {
    /// The setting or flag that contains the URL.
    setting: &'static str,
    cause: Cause,
}

#[derive(Debug, thiserror::Error)]
enum Cause {
    /// No adapter supports the URL's scheme.
    #[error("the URL must begin with `sqlite:`, `mysql:`, `mariadb:`, `postgres:` or `mongodb:`")]
    UnknownScheme,
    /// A SQL database cannot be opened.
    #[error(transparent)]
    Sql(#[from] wxlogin_sql::OpenError),
    /// A MongoDB database cannot be opened.
    #[error(transparent)]
    Mongo(#[from] wxlogin_mongo::OpenError),
}

enum Adapter {
    Sql,
    Mongo,
}

fn adapter(url: &str) -> Result<Adapter, Cause> {
    match url.split(':').next().unwrap_or_default() {
        "sqlite" | "mysql" | "mariadb" | "postgres" | "postgresql" => Ok(Adapter::Sql),
        "mongodb" | "mongodb+srv" => Ok(Adapter::Mongo),
        _ => Err(Cause::UnknownScheme),
    }
}

/// Checks a database URL without connecting to it.
pub(crate) fn check_url(setting: &'static str, url: &str) -> Result<(), OpenError> {
    let checked = adapter(url).and_then(|adapter| match adapter {
        Adapter::Sql => Ok(wxlogin_sql::check_url(url)?),
        Adapter::Mongo => Ok(wxlogin_mongo::check_url(url)?),
    });
    checked.map_err(|cause| OpenError { setting, cause })
}

/// Opens the user collection of the back end that wxlogin replaces.
pub(crate) async fn original_users(
    setting: &'static str,
    config: &DatabaseConfig,
) -> Result<LegacyDatabase, OpenError> {
    let users = LegacyDatabase::open(config.url.expose(), mongo_settings(config)).await;
    users.map_err(|error| OpenError { setting, cause: error.into() })
}

fn mongo_settings(config: &DatabaseConfig) -> wxlogin_mongo::DatabaseSettings {
    wxlogin_mongo::DatabaseSettings {
        connections: config.connections,
        acquire_timeout: config.acquire_timeout,
        statement_timeout: config.statement_timeout,
    }
}

impl Database {
    /// Opens a database. `setting` is the setting or flag that contains its URL.
    pub(crate) async fn open(
        setting: &'static str,
        config: &DatabaseConfig,
    ) -> Result<Self, OpenError> {
        Self::connect(config).await.map_err(|cause| OpenError { setting, cause })
    }

    async fn connect(config: &DatabaseConfig) -> Result<Self, Cause> {
        let url = config.url.expose();
        match adapter(url)? {
            Adapter::Sql => {
                let settings = wxlogin_sql::DatabaseSettings {
                    connections: config.connections,
                    acquire_timeout: config.acquire_timeout,
                    statement_timeout: config.statement_timeout,
                    logins_per_transaction: wxlogin_sql::DatabaseSettings::LOGINS_PER_TRANSACTION,
                };
                Ok(Self::Sql(wxlogin_sql::Database::open(url, settings).await?))
            }
            Adapter::Mongo => {
                Ok(Self::Mongo(wxlogin_mongo::Database::open(url, mongo_settings(config)).await?))
            }
        }
    }

    pub(crate) async fn migrate(&self) -> Result<(), StoreError> {
        match self {
            Self::Sql(database) => database.migrate().await,
            Self::Mongo(database) => database.migrate().await,
        }
    }

    pub(crate) async fn pending_migrations(&self) -> Result<usize, StoreError> {
        match self {
            Self::Sql(database) => database.pending_migrations().await,
            Self::Mongo(database) => database.pending_migrations().await,
        }
    }

    /// To be called after many rows were written. A failure costs speed only, and for some time.
    pub(crate) async fn update_statistics(&self) {
        if let Self::Sql(database) = self
            && let Err(error) = database.update_statistics().await
        {
            tracing::warn!(%error, "cannot update the database's statistics; run ANALYZE");
        }
    }

    pub(crate) fn stores(&self) -> Stores {
        match self {
            Self::Sql(database) => database.stores(),
            Self::Mongo(database) => database.stores(),
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sql(database) => database.close().await,
            Self::Mongo(database) => database.close().await,
        }
    }
}
