use sea_orm::sqlx;
use sea_orm::{DbErr, RuntimeErr};
use wxlogin_domain::ports::StoreError;

/// Says what a driver's error means for the caller, in words of our own: a driver's message may
/// quote the row it is about.
pub(crate) fn store_error(error: &DbErr) -> StoreError {
    match error {
        DbErr::ConnectionAcquire(_) => {
            StoreError::Unavailable("no connection became free in time".into())
        }
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => sqlx_error(error),
        DbErr::Type(_) | DbErr::TryIntoErr { .. } | DbErr::Json(_) => {
            StoreError::Unexpected("a column holds another type".into())
        }
        _ => StoreError::Unexpected("the object mapper refused a statement".into()),
    }
}

fn sqlx_error(error: &sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            // SQLite's primary result code is the low byte of the extended one
            // (https://www.sqlite.org/rescode.html).
            match code.parse::<u32>().map(|code| code & 0xff) {
                Ok(5 | 6) => StoreError::Unavailable(format!("it is locked (code {code})")),
                Ok(8) => StoreError::Unavailable(format!("it is read-only (code {code})")),
                Ok(10 | 14) => StoreError::Unavailable(format!("its file fails (code {code})")),
                Ok(13) => StoreError::Unavailable(format!("the disk is full (code {code})")),
                _ => StoreError::Unexpected(format!("error code {code}")),
            }
        }
        sqlx::Error::Io(error) => StoreError::Unavailable(error.kind().to_string()),
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
            StoreError::Unavailable("no connection became free in time".into())
        }
        sqlx::Error::Tls(_) => StoreError::Unavailable("no secure connection".into()),
        _ => StoreError::Unexpected("the driver refused a statement".into()),
    }
}
