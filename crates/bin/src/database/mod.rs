//! The deployment's database, behind whichever adapter supports its URL.

mod reach;
mod use_of_file;

use wxlogin_domain::ports::{StoreError, Stores};
use wxlogin_mongo::LegacyDatabase;

pub(crate) use self::use_of_file::UseOfFile;
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
    /// `#` has no meaning in the URL of a server, so it is part of a password.
    #[error(
        "the URL contains `#`: write it as `%23`, and percent-encode `@`, `/`, `?` and `%` as well"
    )]
    NotEncoded,
    /// The file of a SQLite database does not exist.
    #[error("there is no database file {0}; `wxlogin serve` and `wxlogin migrate` create one")]
    NoSuchFile(String),
    /// No server can be reached.
    #[error("{0}")]
    Unreachable(String),
    /// A SQL database cannot be opened.
    #[error(transparent)]
    Sql(#[from] wxlogin_sql::OpenError),
    /// A MongoDB database cannot be opened.
    #[error(transparent)]
    Mongo(#[from] wxlogin_mongo::OpenError),
}

impl Cause {
    fn is_unavailability(&self) -> bool {
        let (Self::Sql(wxlogin_sql::OpenError::Store(error))
        | Self::Mongo(wxlogin_mongo::OpenError::Store(error))) = self
        else {
            return false;
        };
        matches!(error, StoreError::Unavailable(_))
    }
}

/// What to do if the database does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IfMissing {
    /// Create a SQLite file. Servers create a database on their administrator's request only.
    Create,
    /// Fail, and create nothing.
    Fail,
}

enum Adapter {
    Sql,
    Mongo,
}

fn adapter(url: &str) -> Result<Adapter, Cause> {
    match scheme(url) {
        "mysql" | "mariadb" | "postgres" | "postgresql" | "mongodb" if url.contains('#') => {
            Err(Cause::NotEncoded)
        }
        "sqlite" | "mysql" | "mariadb" | "postgres" | "postgresql" => Ok(Adapter::Sql),
        "mongodb" | "mongodb+srv" => Ok(Adapter::Mongo),
        _ => Err(Cause::UnknownScheme),
    }
}

/// The scheme of a database URL, which tells the kind of the database.
pub(crate) fn scheme(url: &str) -> &str {
    url.split(':').next().unwrap_or_default()
}

/// Checks a database URL without connecting to it.
pub(crate) fn check_url(setting: &'static str, url: &str) -> Result<(), OpenError> {
    let checked = adapter(url).and_then(|adapter| match adapter {
        Adapter::Sql => Ok(wxlogin_sql::check_url(url)?),
        Adapter::Mongo => Ok(wxlogin_mongo::check_url(url)?),
    });
    checked.map_err(|cause| OpenError { setting, cause })
}

/// What [`inspect`] finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Inspected {
    /// Its schema lacks so many migrations.
    Pending(usize),
    /// This SQLite file does not exist yet.
    NoFile(String),
}

/// Looks into a database and changes nothing.
pub(crate) async fn inspect(
    setting: &'static str,
    config: &DatabaseConfig,
) -> Result<Inspected, OpenError> {
    let url = config.url.expose();
    if let Some(file) = missing_file(url) {
        // Its folder must exist.
        check_url(setting, url)?;
        return Ok(Inspected::NoFile(file));
    }
    let pending = async {
        match adapter(url)? {
            Adapter::Sql => Ok(wxlogin_sql::inspect(url, sql_settings(config)).await?),
            Adapter::Mongo => {
                let settings = mongo_settings(config);
                let database = wxlogin_mongo::Database::open(url, settings).await?;
                let pending = database.pending_migrations().await;
                database.close().await;
                Ok(pending.map_err(wxlogin_mongo::OpenError::from)?)
            }
        }
    };
    explained(setting, config, pending.await).await.map(Inspected::Pending)
}

/// Says why a database is not available, if it can be told.
async fn explained<T>(
    setting: &'static str,
    config: &DatabaseConfig,
    opened: Result<T, Cause>,
) -> Result<T, OpenError> {
    let mut opened = opened;
    if opened.as_ref().is_err_and(Cause::is_unavailability)
        && let Some(obstacle) = reach::obstacle(config.url.expose(), config.acquire_timeout).await
    {
        opened = Err(Cause::Unreachable(obstacle));
    }
    opened.map_err(|cause| OpenError { setting, cause })
}

/// The file of a SQLite URL, if it does not exist.
fn missing_file(url: &str) -> Option<String> {
    let file = wxlogin_sql::database_file(url).filter(|file| !file.exists());
    file.map(|file| file.display().to_string())
}

/// Opens the user collection of the back end that wxlogin replaces.
pub(crate) async fn original_users(
    setting: &'static str,
    config: &DatabaseConfig,
) -> Result<LegacyDatabase, OpenError> {
    let users = LegacyDatabase::open(config.url.expose(), mongo_settings(config)).await;
    explained(setting, config, users.map_err(Cause::from)).await
}

fn sql_settings(config: &DatabaseConfig) -> wxlogin_sql::DatabaseSettings {
    wxlogin_sql::DatabaseSettings {
        connections: config.connections,
        acquire_timeout: config.acquire_timeout,
        statement_timeout: config.statement_timeout,
        logins_per_transaction: wxlogin_sql::DatabaseSettings::LOGINS_PER_TRANSACTION,
    }
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
        if_missing: IfMissing,
    ) -> Result<Self, OpenError> {
        let missing = missing_file(config.url.expose());
        if let (Some(file), IfMissing::Fail) = (&missing, if_missing) {
            return Err(OpenError { setting, cause: Cause::NoSuchFile(file.clone()) });
        }
        let opened = explained(setting, config, Self::connect(config).await).await?;
        if let Some(file) = missing {
            tracing::info!(file, "created a new database");
        }
        Ok(opened)
    }

    async fn connect(config: &DatabaseConfig) -> Result<Self, Cause> {
        let url = config.url.expose();
        match adapter(url)? {
            Adapter::Sql => {
                Ok(Self::Sql(wxlogin_sql::Database::open(url, sql_settings(config)).await?))
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
