use wxlogin_domain::ports::{StoreError, Stores};
use wxlogin_mongo::LegacyDatabase;

use crate::config::DatabaseConfig;

/// The database that a URL names, behind the adapter that its scheme chooses.
pub(crate) enum Database {
    Sql(wxlogin_sql::Database),
    Mongo(wxlogin_mongo::Database),
}

/// A database cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{given_as}: {why}")]
pub struct OpenError {
    /// The setting or the flag that its URL was given as.
    given_as: &'static str,
    why: WhyNot,
}

#[derive(Debug, thiserror::Error)]
enum WhyNot {
    /// No adapter speaks to it.
    #[error("the URL has to begin with `sqlite:`, `mysql:`, `mariadb:`, `postgres:` or `mongodb:`")]
    UnknownScheme,
    /// A SQL database that does not open.
    #[error(transparent)]
    Sql(#[from] wxlogin_sql::OpenError),
    /// A MongoDB that does not open.
    #[error(transparent)]
    Mongo(#[from] wxlogin_mongo::OpenError),
}

enum Adapter {
    Sql,
    Mongo,
}

fn adapter(url: &str) -> Result<Adapter, WhyNot> {
    match url.split(':').next().unwrap_or_default() {
        "sqlite" | "mysql" | "mariadb" | "postgres" | "postgresql" => Ok(Adapter::Sql),
        "mongodb" | "mongodb+srv" => Ok(Adapter::Mongo),
        _ => Err(WhyNot::UnknownScheme),
    }
}

/// Whether the URL could be opened, as far as that shows without opening it.
pub(crate) fn check_url(given_as: &'static str, url: &str) -> Result<(), OpenError> {
    let checked = adapter(url).and_then(|adapter| match adapter {
        Adapter::Sql => Ok(wxlogin_sql::check_url(url)?),
        Adapter::Mongo => Ok(wxlogin_mongo::check_url(url)?),
    });
    checked.map_err(|why| OpenError { given_as, why })
}

/// The users of the back end that wxlogin replaces.
pub(crate) async fn original_users(
    given_as: &'static str,
    config: &DatabaseConfig,
) -> Result<LegacyDatabase, OpenError> {
    let users = LegacyDatabase::open(config.url.expose(), mongo_settings(config)).await;
    users.map_err(|why| OpenError { given_as, why: why.into() })
}

fn mongo_settings(config: &DatabaseConfig) -> wxlogin_mongo::DatabaseSettings {
    wxlogin_mongo::DatabaseSettings {
        connections: config.connections,
        acquire_timeout: config.acquire_timeout,
        statement_timeout: config.statement_timeout,
    }
}

impl Database {
    /// Opens the database; `given_as` is the setting or the flag that its URL came with.
    pub(crate) async fn open(
        given_as: &'static str,
        config: &DatabaseConfig,
    ) -> Result<Self, OpenError> {
        Self::connect(config).await.map_err(|why| OpenError { given_as, why })
    }

    async fn connect(config: &DatabaseConfig) -> Result<Self, WhyNot> {
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
