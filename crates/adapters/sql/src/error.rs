//! Classifies errors of the drivers. Their own texts are dropped, because they quote rows.

use sea_orm::sqlx::error::{DatabaseError, ErrorKind};
use sea_orm::sqlx::mysql::MySqlDatabaseError;
use sea_orm::sqlx::sqlite::SqliteError;
use sea_orm::{DbErr, RuntimeErr, sqlx};
use wxlogin_domain::account::Inconsistent;
use wxlogin_domain::ports::StoreError;

/// Why a transaction failed, classified by what to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It conflicted with another transaction: start over.
    Conflict,
    /// The connection was lost, perhaps during the commit: start over once.
    Lost(String),
    /// A lock or a statement took too long.
    Slow(String),
    /// The database cannot be used now: retry later.
    Unavailable(String),
    /// Retrying does not help.
    Unexpected(String),
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Conflict => Self::Unavailable("too many conflicting writes".into()),
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
            DbErr::ConnectionAcquire(_) => Self::Unavailable("no free connection in time".into()),
            DbErr::Conn(RuntimeErr::SqlxError(error))
            | DbErr::Exec(RuntimeErr::SqlxError(error))
            | DbErr::Query(RuntimeErr::SqlxError(error)) => of_sqlx(error),
            DbErr::Type(_) | DbErr::TryIntoErr { .. } | DbErr::Json(_) => {
                Self::Unexpected("a column has an unexpected type".into())
            }
            // Written by this crate or by the migrator, about names of migrations.
            DbErr::Migration(text) => Self::Unexpected(text.clone()),
            _ => Self::Unexpected("the object mapper rejected a statement".into()),
        }
    }
}

impl From<Inconsistent> for Failure {
    fn from(error: Inconsistent) -> Self {
        Self::Unexpected(error.to_string())
    }
}

/// The values of an insert do not match its columns.
impl From<sea_orm::sea_query::error::Error> for Failure {
    fn from(_: sea_orm::sea_query::error::Error) -> Self {
        Self::Unexpected("a row does not match the columns of its table".into())
    }
}

/// The code with which a server refused a connection.
pub(crate) fn connection_code(error: &DbErr) -> Option<String> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(error)) => match error.as_ref() {
            sqlx::Error::Database(error) => server_code(error.as_ref()),
            _ => None,
        },
        _ => None,
    }
}

fn of_sqlx(error: &sqlx::Error) -> Failure {
    match error {
        sqlx::Error::Database(error) => of_server(error.as_ref()),
        sqlx::Error::Io(error) => Failure::Lost(format!("connection lost: {}", error.kind())),
        sqlx::Error::Protocol(_) => Failure::Lost("connection lost".into()),
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
            Failure::Unavailable("no free connection in time".into())
        }
        sqlx::Error::Tls(_) => Failure::Unavailable("cannot establish a TLS connection".into()),
        _ => Failure::Unexpected("the driver rejected a statement".into()),
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
            Ok(5 | 6) => unavailable("locked by another process"),
            Ok(8) => unavailable("it is read-only"),
            Ok(10 | 14) => unavailable("cannot read or write its file"),
            Ok(13) => unavailable("the disk is full"),
            _ => Failure::Unexpected(format!("error code {code}")),
        };
    }
    match code.as_str() {
        // MySQL: deadlock, rollback by group replication. PostgreSQL: serialization failure, deadlock.
        "1213" | "3101" | "40001" | "40P01" => Failure::Conflict,
        // A lock was held for too long, or the server cancelled the statement.
        "1205" | "1969" | "3024" | "55P03" | "57014" => {
            Failure::Slow(format!("a lock or a statement took too long (code {code})"))
        }
        // The connection was ended by the server.
        "1317" | "1927" | "4031" | "25P03" | "57P05" => {
            Failure::Lost(format!("the server closed the connection (code {code})"))
        }
        // The server is read-only, for example because it has become a replica.
        "1290" | "1792" | "1836" | "25006" => unavailable("it is read-only"),
        "1021" | "1114" | "53100" => unavailable("its disk is full"),
        // MySQL: too many connections, not prepared (Galera), shutdown, host blocked. PostgreSQL:
        // shutting down, starting up.
        "1040" | "1047" | "1053" | "1129" | "1203" | "57P01" | "57P02" | "57P03" => {
            unavailable("the server is busy, starting or stopping")
        }
        "1142" | "42501" => {
            Failure::Unexpected(format!("its account lacks a privilege (code {code})"))
        }
        code if code.starts_with("08") || code.starts_with("53") => {
            unavailable("the server accepts no connections")
        }
        _ => Failure::Unexpected(format!("error code {code}")),
    }
}

/// MySQL's error number, which is more precise than its SQLSTATE; elsewhere the server's error code.
fn server_code(error: &dyn DatabaseError) -> Option<String> {
    match error.try_downcast_ref::<MySqlDatabaseError>() {
        Some(error) => Some(error.number().to_string()),
        None => error.code().map(std::borrow::Cow::into_owned),
    }
}
