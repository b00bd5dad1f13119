use std::time::Duration;

use mongodb::bson::{DateTime, doc};
use wxlogin_domain::model::{Revoked, Timestamp};
use wxlogin_domain::ports::{FeedPosition, RevocationFeed};

use crate::commands::all;
use crate::convert;
use crate::database::Connections;
use crate::error::Failure;

/// How long after the time it carries a revocation is on a majority of the members.
pub(super) const DELAY: Duration = Duration::from_secs(30);

/// Reads a page of the revocations. Every acknowledged one is in the collection or waits in an
/// outbox and is delivered now, so its `revoked_at` is later than any feed that could have missed it.
pub(super) async fn read(
    connections: &Connections,
    from: Option<FeedPosition>,
    limit: u32,
) -> Result<RevocationFeed, Failure> {
    let read_at = connections.server_time().await?;
    connections.deliver_all().await?;
    let new = match from {
        None => doc! {},
        Some(FeedPosition { revoked_at, after }) => {
            let at = DateTime::from_millis(revoked_at.as_millis());
            let mut new = doc! { "revoked_at": { "$gte": at } };
            if let Some(after) = after {
                let after = doc! { "_id": { "$gt": convert::to_bson(after.as_uuid()) } };
                new.insert("$or", [doc! { "revoked_at": { "$gt": at } }, after]);
            }
            new
        }
    };
    let found = connections.revocations.find(new).sort(doc! { "revoked_at": 1, "_id": 1 });
    let found = all(found.limit(i64::from(limit)).await?).await?;
    let is_full = found.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    let next = found.last().filter(|_| is_full).map(|last| FeedPosition {
        revoked_at: Timestamp::from_millis(last.revoked_at.timestamp_millis()),
        after: Some(Revoked::from_uuid(convert::from_bson(last.subject))),
    });
    let revocations = found.into_iter().map(convert::revocation).collect();
    Ok(RevocationFeed { revocations, next, read_at })
}
