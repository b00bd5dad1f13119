use mongodb::bson::{DateTime, doc};
use wxlogin_domain::model::Timestamp;
use wxlogin_domain::ports::RevocationFeed;

use crate::commands::all;
use crate::convert;
use crate::database::Connections;
use crate::error::Failure;

/// Reads the revocations since a time. Every acknowledged one is in the collection or waits in an
/// outbox and is delivered now, so its `revoked_at` is later than any feed that could have missed it.
pub(super) async fn read(
    connections: &Connections,
    since: Option<Timestamp>,
) -> Result<RevocationFeed, Failure> {
    let read_at = connections.server_time().await?;
    connections.deliver_all().await?;
    let new = match since {
        None => doc! {},
        Some(at) => {
            doc! { "revoked_at": { "$gte": DateTime::from_millis(at.as_millis()) } }
        }
    };
    let found = all(connections.revocations.find(new).await?).await?;
    let revocations = found.into_iter().map(convert::revocation).collect();
    Ok(RevocationFeed { revocations, read_at })
}
