//! What differs between the database servers.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::mysql::MySqlConnectOptions;
use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{self, Executor};
use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};

use crate::open_error::OpenError;
use crate::pool::Pool;
use crate::settings::DatabaseSettings;

/// The kind of database that a URL names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    /// `SQLite`, in a file.
    Sqlite,
    /// MySQL or MariaDB.
    MySql,
    /// PostgreSQL.
    Postgres,
}

/// How many prepared statements a connection for batches keeps. Each of its statements that write
/// comes in as many sizes as rows are written at once; the lists of queries have a power of two as
/// their length.
const STATEMENTS: usize = 1024;

/// After how long the server ends a transaction whose client says nothing, and gives up its locks.
pub(crate) const ABANDONED: Duration = Duration::from_secs(10);

/// What a pool's connections are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Reading what is committed.
    Reads,
    /// Reading revocations and signing keys, which every instance does each second.
    Feed,
    /// Writing, and reading what is about to be written.
    Writes,
    /// Batches of logins.
    Logins,
    /// Batches of refreshes.
    Refreshes,
    /// Trying out whether the database can be written.
    Probes,
    /// Changing the schema, on one connection.
    Migrator,
}

impl Role {
    fn only_reads(self) -> bool {
        matches!(self, Self::Reads | Self::Feed)
    }

    /// Whether its connections are used for [`Transaction`](crate::transaction::Transaction)s.
    fn is_for_transactions(self) -> bool {
        !matches!(self, Self::Reads | Self::Feed | Self::Migrator)
    }

    /// Whether its transactions hold the work of many callers.
    fn is_batch(self) -> bool {
        matches!(self, Self::Logins | Self::Refreshes)
    }
}

impl Engine {
    /// The engine of a URL, which is checked.
    pub(crate) fn of(url: &str) -> Result<Self, OpenError> {
        match url.split(':').next().unwrap_or_default() {
            "sqlite" => check_sqlite(url).map(|()| Self::Sqlite),
            "mysql" | "mariadb" => {
                MySqlConnectOptions::from_str(url).map_err(|_| OpenError::BadUrl)?;
                has_database(url).map(|()| Self::MySql)
            }
            "postgres" | "postgresql" => {
                PgConnectOptions::from_str(url).map_err(|_| OpenError::BadUrl)?;
                has_database(url).map(|()| Self::Postgres)
            }
            _ => Err(OpenError::UnknownScheme),
        }
    }

    /// SQLite has one writer at a time. Waiting for its only connection is fair, and waiting for its
    /// lock is not.
    fn connections(self, role: Role, settings: DatabaseSettings) -> u32 {
        match (self, role) {
            (_, Role::Reads) => settings.connections,
            (Self::MySql | Self::Postgres, Role::Writes) => settings.connections.div_ceil(2),
            _ => 1,
        }
    }

    /// Opens connections for one use.
    pub(crate) async fn pool(
        self,
        url: &str,
        settings: DatabaseSettings,
        role: Role,
    ) -> Result<Arc<Pool>, DbErr> {
        let db = self.connect(url, settings, role).await?;
        let pool = Pool::new(db, self.connections(role, settings), settings.acquire_timeout);
        if self != Self::Sqlite {
            pool.keep_alive();
        }
        Ok(pool)
    }

    pub(crate) async fn connect(
        self,
        url: &str,
        settings: DatabaseSettings,
        role: Role,
    ) -> Result<DatabaseConnection, DbErr> {
        let url = match self {
            Self::MySql => url.replacen("mariadb:", "mysql:", 1),
            Self::Sqlite | Self::Postgres => url.to_owned(),
        };
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(self.connections(role, settings))
            .min_connections(1)
            // Nobody waits in the driver's queue: this is for checking and connecting.
            .acquire_timeout(settings.acquire_timeout)
            .connect_timeout(settings.acquire_timeout)
            // The statements contain openids.
            .sqlx_logging(false);
        match self {
            Self::Sqlite => sqlite_options(&mut options, settings, role.only_reads()),
            Self::MySql => mysql_options(server_options(&mut options), role),
            Self::Postgres => postgres_options(server_options(&mut options), settings, role),
        };
        sea_orm::Database::connect(options).await
    }

    /// Creates SQLite's file, readable by its owner only. Its log files get the same permissions.
    pub(crate) fn make_file(self, url: &str) -> Result<(), OpenError> {
        if self != Self::Sqlite {
            return Ok(());
        }
        let options = SqliteConnectOptions::from_str(url).map_err(|_| OpenError::BadUrl)?;
        let mut file = std::fs::OpenOptions::new();
        file.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
        let made = file.open(options.get_filename()).map(drop);
        made.map_err(|error| OpenError::NoFile(error.kind().to_string()))
    }

    /// Refuses servers that are too old.
    pub(crate) async fn check_version(self, db: &DatabaseConnection) -> Result<(), OpenError> {
        let question = match self {
            // It is part of this program.
            Self::Sqlite => return Ok(()),
            Self::MySql => Statement::from_string(DbBackend::MySql, "SELECT VERSION()"),
            Self::Postgres => Statement::from_string(DbBackend::Postgres, "SHOW server_version"),
        };
        let row = db.query_one_raw(question).await?;
        let version: String =
            row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
        let is_mariadb = version.contains("MariaDB");
        let oldest = match self {
            Self::MySql if is_mariadb => (10, 6),
            Self::MySql => (8, 0),
            Self::Sqlite | Self::Postgres => (12, 0),
        };
        if number(&version) >= oldest {
            return Ok(());
        }
        let name = match self {
            Self::MySql if is_mariadb => "MariaDB",
            Self::MySql => "MySQL",
            Self::Sqlite | Self::Postgres => "PostgreSQL",
        };
        Err(OpenError::TooOld { name, major: oldest.0, minor: oldest.1 })
    }
}

/// The first two numbers of a version.
fn number(version: &str) -> (u32, u32) {
    let mut parts =
        version.split(|c: char| !c.is_ascii_digit()).map_while(|part| part.parse().ok());
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

fn sqlite_options(
    options: &mut ConnectOptions,
    settings: DatabaseSettings,
    read_only: bool,
) -> &mut ConnectOptions {
    options
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        .test_before_acquire(false)
        .map_sqlx_sqlite_opts(move |options| {
            let options = options.create_if_missing(!read_only).read_only(read_only);
            // Who writes sets the mode, which the file keeps.
            let options =
                if read_only { options } else { options.journal_mode(SqliteJournalMode::Wal) };
            options
                // An acknowledged login survives a power failure.
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(settings.acquire_timeout)
        })
}

fn server_options(options: &mut ConnectOptions) -> &mut ConnectOptions {
    options
        .idle_timeout(Duration::from_mins(5))
        .max_lifetime(Duration::from_mins(30))
        // A connection that the server has closed costs a ping and no request.
        .test_before_acquire(true)
}

fn mysql_options(options: &mut ConnectOptions, role: Role) -> &mut ConnectOptions {
    if role.is_batch() {
        // When the cache is full, the driver closes a statement in a packet of its own, which costs
        // 40 ms each time because of delayed acknowledgements.
        options.map_sqlx_mysql_opts(|options| options.statement_cache_capacity(STATEMENTS));
    }
    options.map_sqlx_mysql_pool_opts(move |pool| {
        pool.after_connect(move |connection, _| {
            Box::pin(async move {
                for statement in mysql_session(role) {
                    connection.execute(sqlx::AssertSqlSafe(statement)).await?;
                }
                Ok(())
            })
        })
    })
}

/// READ COMMITTED, so that a transaction that starts over sees the rows of the other one, and few
/// gaps are locked.
fn mysql_session(role: Role) -> Vec<String> {
    let mut statements = vec![
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED".into(),
        format!("SET SESSION innodb_lock_wait_timeout = {}", lock_wait(role).as_secs()),
    ];
    if role.is_for_transactions() {
        // The first statement begins a transaction, without a BEGIN.
        statements.push("SET SESSION autocommit = 0".into());
        statements.push(format!("SET SESSION wait_timeout = {}", ABANDONED.as_secs()));
    }
    statements
}

fn postgres_options(
    options: &mut ConnectOptions,
    settings: DatabaseSettings,
    role: Role,
) -> &mut ConnectOptions {
    let mut session = vec![
        ("lock_timeout", format!("{}ms", lock_wait(role).as_millis())),
        ("idle_in_transaction_session_timeout", format!("{}ms", ABANDONED.as_millis())),
        ("tcp_keepalives_idle", "10".into()),
        ("tcp_keepalives_interval", "5".into()),
        ("tcp_keepalives_count", "3".into()),
    ];
    if role.is_batch() {
        // Their statements find rows by index and are planned once. Without these settings a plan that
        // was made while the tables were empty would read whole tables for as long as the connection lasts.
        for method in ["enable_seqscan", "enable_hashjoin", "enable_mergejoin"] {
            session.push((method, "off".into()));
        }
        session.push(("plan_cache_mode", "force_generic_plan".into()));
    }
    options.statement_timeout(settings.statement_timeout).map_sqlx_postgres_opts(move |options| {
        let options = options.options(session.clone());
        if role.is_batch() { options.statement_cache_capacity(STATEMENTS) } else { options }
    })
}

/// How long a statement waits for a lock. Batches wait briefly, because those that come later wait for
/// them.
fn lock_wait(role: Role) -> Duration {
    Duration::from_secs(if role.is_batch() { 1 } else { 5 })
}

/// The file of a SQLite URL; `None` for servers and for URLs that are malformed.
#[must_use]
pub fn database_file(url: &str) -> Option<PathBuf> {
    let options =
        url.starts_with("sqlite:").then(|| SqliteConnectOptions::from_str(url).ok())??;
    Some(options.get_filename().to_owned())
}

fn check_sqlite(url: &str) -> Result<(), OpenError> {
    if url.contains(":memory:") || url.contains("mode=memory") {
        return Err(OpenError::InMemory);
    }
    let options = SqliteConnectOptions::from_str(url).map_err(|_| OpenError::BadUrl)?;
    let file = options.get_filename();
    if file.file_name().is_none() {
        return Err(OpenError::BadUrl);
    }
    match file.parent() {
        Some(folder) if folder != Path::new("") && !folder.is_dir() => {
            Err(OpenError::NoFolder(folder.display().to_string()))
        }
        _ => Ok(()),
    }
}

/// Checks that a server's URL names a database.
fn has_database(url: &str) -> Result<(), OpenError> {
    let url = url::Url::parse(url).map_err(|_| OpenError::BadUrl)?;
    match url.path().trim_matches('/') {
        "" => Err(OpenError::NoDatabase),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_chooses() {
        assert_eq!(Engine::of("sqlite:x.db"), Ok(Engine::Sqlite));
        assert_eq!(Engine::of("mysql://u:p@h/d"), Ok(Engine::MySql));
        assert_eq!(Engine::of("mariadb://u:p@h:1/d"), Ok(Engine::MySql));
        assert_eq!(Engine::of("postgres://u:p@h/d"), Ok(Engine::Postgres));
        assert_eq!(Engine::of("postgresql://u:p@h/d?sslmode=disable"), Ok(Engine::Postgres));
        assert_eq!(Engine::of("mysql://u:p@h"), Err(OpenError::NoDatabase));
        assert_eq!(Engine::of("postgres://u:p@h/"), Err(OpenError::NoDatabase));
        assert_eq!(Engine::of("sqlite::memory:"), Err(OpenError::InMemory));
        assert_eq!(Engine::of("hunter2://u:p@h/d"), Err(OpenError::UnknownScheme));
        assert_eq!(Engine::of(""), Err(OpenError::UnknownScheme));
    }

    #[test]
    fn versions_are_two_numbers() {
        assert_eq!(number("10.11.6-MariaDB-0+deb12u1"), (10, 11));
        assert_eq!(number("8.0.40"), (8, 0));
        assert_eq!(number("15.18 (Debian 15.18-0+deb12u1)"), (15, 18));
        assert_eq!(number(""), (0, 0));
    }
}
