use sea_orm::DbErr;
use wxlogin_domain::ports::StoreError;

use crate::error::{Failure, connection_code};

/// A database that cannot be used. The texts name files and schemes, never a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The URL is not that of a SQL database.
    #[error("the URL must begin with `sqlite:`, `mysql:`, `mariadb:` or `postgres:`")]
    UnknownScheme,
    /// The URL has a known scheme and cannot be read.
    #[error(
        "the URL must be like `sqlite:wxlogin.db` or `mysql://user:password@host/database`; special characters in user and password must be percent-encoded: `#` is `%23`, `@` is `%40`, `/` is `%2F`"
    )]
    BadUrl,
    /// The URL names a server and no database.
    #[error("the URL does not name a database: add one after the host, like `…@host/wxlogin`")]
    NoDatabase,
    /// An in-memory database would have different content on each connection.
    #[error("the URL names an in-memory database, which loses all users; use a file")]
    InMemory,
    /// The folder of the file is missing.
    #[error("the folder of the database file does not exist: {0}")]
    NoFolder(String),
    /// The file cannot be created or written.
    #[error("the database file cannot be opened for writing: {0}")]
    NoFile(String),
    /// The file has other content.
    #[error("the file is not a SQLite database")]
    NotSqlite,
    /// The server does not accept the user or the password.
    #[error(
        "the database server refuses the user or the password of the URL; `@`, `:`, `/`, `?` and `%` in them must be percent-encoded"
    )]
    AccessDenied,
    /// The user may not use the database. MySQL says so as well if it does not exist.
    #[error(
        "the user of the URL may not use the database that it names: create the database if it does not exist, and grant the user all rights on it"
    )]
    NotGranted,
    /// The server has no such database.
    #[error("the database that the URL names does not exist on the server: create it first")]
    DatabaseMissing,
    /// The server is too old.
    #[error("the database server is too old: {name} {major}.{minor} or later is needed")]
    TooOld {
        /// What it is.
        name: &'static str,
        /// The oldest supported version.
        major: u32,
        /// Its second number.
        minor: u32,
    },
    /// It cannot be reached, opened or read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// <https://sqlite.org/rescode.html#notadb>
const SQLITE_NOTADB: &str = "26";

impl From<DbErr> for OpenError {
    fn from(error: DbErr) -> Self {
        match connection_code(&error).as_deref() {
            Some("1045" | "1698" | "28000" | "28P01") => Self::AccessDenied,
            Some("1044" | "42501") => Self::NotGranted,
            Some(SQLITE_NOTADB) => Self::NotSqlite,
            Some("1049" | "3D000") => Self::DatabaseMissing,
            _ => Self::Store(Failure::from(error).into()),
        }
    }
}
