use mongodb::bson::{Document, Uuid, doc};
use wxlogin_domain::model::Timestamp;
use wxlogin_domain::ports::Purged;

use crate::commands::all;
use crate::database::{Connections, retry_on_conflict};
use crate::document::UserMark;
use crate::error::Failure;
use crate::user_sessions::Sessions;

pub(super) async fn purge(
    connections: &Connections,
    now: Timestamp,
    replays_before: Timestamp,
    limit: u32,
) -> Result<Purged, Failure> {
    connections.finish_interrupted_work().await?;
    let (now, before) = (now.as_millis(), replays_before.as_millis());
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let over = doc! { "sessions.expires_at": { "$lte": now } };
    let sessions =
        connections.purge_users(over, limit, |all, at_most| all.remove_expired(now, at_most));
    let sessions = sessions.await?;
    let replayable = doc! {
        "replay_tags": { "$exists": true },
        "sessions": {
            "$elemMatch": { "replay_tag": { "$exists": true }, "created_at": { "$lt": before } },
        },
    };
    let forget = |all: &mut Sessions, at_most| all.clear_replays(before, at_most);
    let replays = connections.purge_users(replayable, limit, forget).await?;
    let revocations = connections.purge_revocations(now, limit).await?;
    Ok(Purged { sessions, replays, revocations })
}

impl Connections {
    /// Rewrites users that have something to remove, until `limit` is reached.
    async fn purge_users(
        &self,
        having: Document,
        limit: usize,
        remove: impl Fn(&mut Sessions, usize) -> usize,
    ) -> Result<u64, Failure> {
        let users = self.users.clone_with_type::<UserMark>();
        let at_most = at_most(limit);
        if at_most == 0 {
            return Ok(0);
        }
        let mut found = users.find(having).projection(doc! { "mark": 1 }).limit(at_most).await?;
        let mut removed = 0;
        while removed < limit && found.advance().await? {
            let id = found.deserialize_current()?.id;
            removed += retry_on_conflict(|| self.purge_user(id, limit - removed, &remove)).await?;
        }
        Ok(u64::try_from(removed).unwrap_or(u64::MAX))
    }

    async fn purge_user(
        &self,
        id: Uuid,
        limit: usize,
        remove: &impl Fn(&mut Sessions, usize) -> usize,
    ) -> Result<usize, Failure> {
        let Some(mut user) = self.user(id).await? else { return Ok(0) };
        let mut sessions = Sessions::of(&user)?;
        let removed = remove(&mut sessions, limit);
        if removed > 0 {
            sessions.store_in(&mut user);
            self.rewrite(user, &[]).await?;
        }
        Ok(removed)
    }

    async fn purge_revocations(&self, now: i64, limit: usize) -> Result<u64, Failure> {
        let at_most = at_most(limit);
        if at_most == 0 {
            return Ok(0);
        }
        let over = doc! { "until": { "$lte": now } };
        let found = all(self.revocations.find(over).limit(at_most).await?).await?;
        let ids = found.iter().map(|revoked| revoked.subject).collect::<Vec<_>>();
        // A new revocation of the same subject may have arrived in the meantime.
        let these = doc! { "_id": { "$in": ids }, "until": { "$lte": now } };
        Ok(self.revocations.delete_many(these).await?.deleted_count)
    }
}

/// Converts a limit for the server, which takes zero for no limit.
fn at_most(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
