//! Says what a driver's error means, in words of our own: a driver's message may quote the row it
//! is about.

use sea_orm::sqlx::error::{DatabaseError, ErrorKind};
use sea_orm::sqlx::mysql::MySqlDatabaseError;
use sea_orm::sqlx::sqlite::SqliteError;
use sea_orm::{DbErr, RuntimeErr, sqlx};
use wxlogin_domain::ports::StoreError;

use crate::database::OpenError;

/// Why a transaction failed, by what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Another writer was in the way: start over.
    Conflict,
    /// The connection broke, perhaps in the middle of a commit: start over once.
    Lost(String),
    /// Something of what was to be written is held by somebody else, or takes too long.
    Slow(String),
    /// Try later.
    Unavailable(String),
    /// Never try again.
    Unexpected(String),
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Conflict => Self::Unavailable("too many writers were in the way".into()),
            Failure::Lost(text) | Failure::Slow(text) | Failure::Unavailable(text) => {
                Self::Unavailable(text)
            }
            Failure::Unexpected(text) => Self::Unexpected(text),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(text) => Self::Unavailable(text),
            StoreError::Unexpected(text) => Self::Unexpected(text),
        }
    }
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        match &error {
            DbErr::ConnectionAcquire(_) => {
                Self::Unavailable("no connection became free in time".into())
            }
            DbErr::Conn(RuntimeErr::SqlxError(error))
            | DbErr::Exec(RuntimeErr::SqlxError(error))
            | DbErr::Query(RuntimeErr::SqlxError(error)) => of_sqlx(error),
            DbErr::Type(_) | DbErr::TryIntoErr { .. } | DbErr::Json(_) => {
                Self::Unexpected("a column holds another type".into())
            }
            // Ours, or the migrator's about names of migrations.
            DbErr::Migration(text) => Self::Unexpected(text.clone()),
            _ => Self::Unexpected("the object mapper refused a statement".into()),
        }
    }
}

/// A row of an insert has other columns than the insert.
impl From<sea_orm::sea_query::error::Error> for Failure {
    fn from(_: sea_orm::sea_query::error::Error) -> Self {
        Self::Unexpected("a row does not have the columns of its table".into())
    }
}

/// What is wrong with a database that does not open.
pub(crate) fn open_error(error: &DbErr) -> OpenError {
    let code = match error {
        DbErr::Conn(RuntimeErr::SqlxError(error)) => match error.as_ref() {
            sqlx::Error::Database(error) => server_code(error.as_ref()),
            _ => None,
        },
        _ => None,
    };
    match code.as_deref() {
        Some("1044" | "1045" | "1698" | "28000" | "28P01") => OpenError::AccessDenied,
        Some("1049" | "3D000") => OpenError::DatabaseMissing,
        _ => OpenError::Store(Failure::from(error.clone()).into()),
    }
}

fn of_sqlx(error: &sqlx::Error) -> Failure {
    match error {
        sqlx::Error::Database(error) => of_server(error.as_ref()),
        sqlx::Error::Io(error) => Failure::Lost(format!("the connection broke: {}", error.kind())),
        sqlx::Error::Protocol(_) => Failure::Lost("the connection broke".into()),
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
            Failure::Unavailable("no connection became free in time".into())
        }
        sqlx::Error::Tls(_) => Failure::Unavailable("no secure connection can be made".into()),
        _ => Failure::Unexpected("the driver refused a statement".into()),
    }
}

fn of_server(error: &dyn DatabaseError) -> Failure {
    if error.kind() == ErrorKind::UniqueViolation {
        return Failure::Conflict;
    }
    let code = server_code(error).unwrap_or_default();
    let unavailable = |what: &str| Failure::Unavailable(format!("{what} (code {code})"));
    if error.try_downcast_ref::<SqliteError>().is_some() {
        // The primary code is the low byte (https://www.sqlite.org/rescode.html).
        return match code.parse::<u32>().map(|code| code & 0xff) {
            Ok(5 | 6) => unavailable("it is locked"),
            Ok(8) => unavailable("it is read-only"),
            Ok(10 | 14) => unavailable("its file fails"),
            Ok(13) => unavailable("the disk is full"),
            _ => Failure::Unexpected(format!("error code {code}")),
        };
    }
    match code.as_str() {
        // MySQL: deadlock, rollback by group replication. PostgreSQL: serialization failure, deadlock.
        "1213" | "3101" | "40001" | "40P01" => Failure::Conflict,
        // Somebody holds a lock for too long, or the server cut a statement off.
        "1205" | "1969" | "3024" | "55P03" | "57014" => {
            Failure::Slow(format!("a lock or a statement took too long (code {code})"))
        }
        // The connection was ended by the server.
        "1317" | "1927" | "4031" | "25P03" | "57P05" => {
            Failure::Lost(format!("the connection was ended (code {code})"))
        }
        // A server that has become a replica: read-only, or super-read-only.
        "1290" | "1792" | "1836" | "25006" => unavailable("it is read-only"),
        "1021" | "1114" | "53100" => unavailable("its disk is full"),
        // MySQL: too many connections, not prepared (Galera), shutdown, host blocked. PostgreSQL:
        // shutting down, starting up.
        "1040" | "1047" | "1053" | "1129" | "1203" | "57P01" | "57P02" | "57P03" => {
            unavailable("it is busy or stopping")
        }
        "1142" | "42501" => Failure::Unexpected(format!("its account lacks a right (code {code})")),
        code if code.starts_with("08") || code.starts_with("53") => {
            unavailable("it takes no connection")
        }
        _ => Failure::Unexpected(format!("error code {code}")),
    }
}

/// MySQL's own number, which says more than its SQLSTATE; elsewhere what the server calls code.
fn server_code(error: &dyn DatabaseError) -> Option<String> {
    match error.try_downcast_ref::<MySqlDatabaseError>() {
        Some(error) => Some(error.number().to_string()),
        None => error.code().map(std::borrow::Cow::into_owned),
    }
}
