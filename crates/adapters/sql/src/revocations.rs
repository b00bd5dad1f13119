//! Sessions and users whose access tokens are revoked.

use sea_orm::sea_query::{OnConflict, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;
use wxlogin_domain::model::{Revocation, Revoked, Timestamp};
use wxlogin_domain::ports::RevocationFeed;

use crate::database_time;
use crate::entity::revocation;
use crate::error::Failure;
use crate::transaction::Transaction;

/// How many rows one statement writes.
const ROWS: usize = 500;

/// Revokes the access tokens of sessions and users, each until a time. What was revoked before
/// appears in the feed again.
pub(crate) async fn revoke(
    transaction: &Transaction,
    subjects: &[(Uuid, Timestamp)],
) -> Result<(), Failure> {
    let now = database_time::now(transaction.get_database_backend());
    for some in subjects.chunks(ROWS) {
        let mut insert = Query::insert();
        insert
            .into_table(revocation::Entity)
            .columns([
                revocation::Column::Subject,
                revocation::Column::RevokedAt,
                revocation::Column::Until,
            ])
            .on_conflict(
                OnConflict::column(revocation::Column::Subject)
                    .update_columns([revocation::Column::RevokedAt, revocation::Column::Until])
                    .to_owned(),
            );
        for (id, until) in some {
            insert.values([(*id).into(), now.clone(), until.as_millis().into()])?;
        }
        transaction.execute(&insert).await?;
    }
    Ok(())
}

/// What was revoked at or after `since`, or everything.
pub(crate) async fn feed(
    db: &impl ConnectionTrait,
    since: Option<Timestamp>,
) -> Result<RevocationFeed, DbErr> {
    let read_at = database_time::read(db).await?;
    let mut rows = revocation::Entity::find();
    if let Some(since) = since {
        rows = rows.filter(revocation::Column::RevokedAt.gte(since.as_millis()));
    }
    let revocations = rows.all(db).await?.into_iter().map(|row| Revocation {
        subject: Revoked::from_uuid(row.subject),
        until: Timestamp::from_millis(row.until),
    });
    Ok(RevocationFeed { revocations: revocations.collect(), read_at })
}
