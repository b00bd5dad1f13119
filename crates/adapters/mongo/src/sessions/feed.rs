use mongodb::bson::{DateTime, doc};
use wxlogin_domain::model::Timestamp;
use wxlogin_domain::ports::RevocationFeed;

use crate::convert;
use crate::database::Connections;
use crate::error::Failure;

/// What was acknowledged is in the collection, or in an outbox and moved on now: then it has a time
/// that no earlier reader can have asked for in vain.
pub(super) async fn read(
    connections: &Connections,
    since: Option<Timestamp>,
) -> Result<RevocationFeed, Failure> {
    let read_at = connections.server_time().await?;
    connections.empty_outboxes().await?;
    let new = match since {
        None => doc! {},
        Some(at) => {
            doc! { "revoked_at": { "$gte": DateTime::from_millis(at.as_millis()) } }
        }
    };
    let mut found = connections.revocations.find(new).await?;
    let mut revocations = Vec::new();
    while found.advance().await? {
        revocations.push(convert::revocation(found.deserialize_current()?));
    }
    Ok(RevocationFeed { revocations, read_at })
}
