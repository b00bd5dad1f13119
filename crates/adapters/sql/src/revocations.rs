//! Sessions and users whose access tokens are revoked.

use sea_orm::sea_query::{OnConflict, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;
use wxlogin_domain::model::{Revocation, Revoked, Timestamp};
use wxlogin_domain::ports::{FeedPosition, RevocationFeed};

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

/// A page of what was revoked.
pub(crate) async fn feed(
    db: &impl ConnectionTrait,
    from: Option<FeedPosition>,
    limit: u32,
) -> Result<RevocationFeed, DbErr> {
    let read_at = database_time::read(db).await?;
    let mut rows = revocation::Entity::find()
        .order_by_asc(revocation::Column::RevokedAt)
        .order_by_asc(revocation::Column::Subject)
        .limit(u64::from(limit));
    if let Some(FeedPosition { revoked_at, after }) = from {
        let at = revoked_at.as_millis();
        // Alone, the alternatives below would not be found by the index.
        rows = rows.filter(revocation::Column::RevokedAt.gte(at));
        if let Some(after) = after {
            let later = revocation::Column::RevokedAt.gt(at);
            rows = rows.filter(later.or(revocation::Column::Subject.gt(after.as_uuid())));
        }
    }
    let rows = rows.all(db).await?;
    let is_full = rows.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    let next = rows.last().filter(|_| is_full).map(|row| FeedPosition {
        revoked_at: Timestamp::from_millis(row.revoked_at),
        after: Some(Revoked::from_uuid(row.subject)),
    });
    let revocations = rows.into_iter().map(|row| Revocation {
        subject: Revoked::from_uuid(row.subject),
        until: Timestamp::from_millis(row.until),
    });
    Ok(RevocationFeed { revocations: revocations.collect(), next, read_at })
}
