//! The database server's time, which all instances share.

use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ConnectionTrait, DbBackend, DbErr};
use wxlogin_domain::model::Timestamp;

/// The time at which the statement runs, in milliseconds since 1970.
pub(crate) fn now(db: DbBackend) -> Expr {
    Expr::cust(match db {
        // The driver sets every connection's time zone to UTC.
        DbBackend::MySql => "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)",
        DbBackend::Postgres => "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
        _ => "CAST(round(unixepoch('subsec') * 1000) AS INTEGER)",
    })
}

/// Reads the time.
pub(crate) async fn read(db: &impl ConnectionTrait) -> Result<Timestamp, DbErr> {
    let question = Query::select().expr(now(db.get_database_backend())).take();
    let row = db.query_one(&question).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound(String::new()))?;
    Ok(Timestamp::from_millis(row.try_get_by_index(0)?))
}
