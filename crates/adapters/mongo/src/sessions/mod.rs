mod feed;
mod purge;
mod rotate;

use std::cmp::Reverse;
use std::time::Duration;

use async_trait::async_trait;
use mongodb::bson::doc;
use wxlogin_domain::account::{EndSessions, Replayed, Rotation, RotationOutcome, UnitOfWork};
use wxlogin_domain::model::{Session, SessionId, Timestamp, UserId};
use wxlogin_domain::ports::{
    FeedPosition, KeyedTag, Purged, RevocationFeed, SessionStore, StoreError,
};

use crate::convert;
use crate::database::Connections;
use crate::document::SESSION_ID;
use crate::error::Failure;
use crate::user_sessions::Sessions;

#[async_trait]
impl SessionStore for Connections {
    async fn find_session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        let id = convert::to_bson(id.as_uuid());
        self.call(|db| async move {
            let Some(user) = db.user_with(doc! { SESSION_ID: id }).await? else {
                return Ok(None);
            };
            let sessions = Sessions::of(&user)?;
            sessions.find(id).map(|stored| convert::session(user.id, stored)).transpose()
        })
        .await
    }

    async fn find_replay(&self, key: KeyedTag) -> Result<Option<Replayed>, StoreError> {
        let tag = convert::binary(&key.0);
        self.call(|db| async move {
            let Some(user) = db.user_with(doc! { "replay_tags": &tag }).await? else {
                return Ok(None);
            };
            let sessions = Sessions::of(&user)?;
            let opened = sessions.iter().find(|session| session.replay_tag.as_ref() == Some(&tag));
            Ok(opened.map(|stored| convert::replayed(&user, stored)).transpose()?.flatten())
        })
        .await
    }

    async fn list_sessions(&self, user_id: UserId) -> Result<Vec<Session>, StoreError> {
        let id = convert::to_bson(user_id.as_uuid());
        self.call(|db| async move {
            let Some(user) = db.user(id).await? else { return Ok(Vec::new()) };
            let sessions = Sessions::of(&user)?;
            let listed = sessions.iter().map(|stored| convert::session(id, stored));
            let mut listed = listed.collect::<Result<Vec<_>, _>>()?;
            listed.sort_by_key(|session| Reverse((session.last_used_at, session.id)));
            Ok(listed)
        })
        .await
    }

    async fn rotate(&self, rotation: Rotation) -> Result<RotationOutcome, StoreError> {
        self.retry(rotation, |db, rotation| Box::pin(rotate::rotate(db, rotation))).await
    }

    async fn end_sessions(&self, end: EndSessions) -> Result<u64, StoreError> {
        self.retry(end, |db, end| Box::pin(db.end(end))).await
    }

    async fn revocations(
        &self,
        from: Option<FeedPosition>,
        limit: u32,
    ) -> Result<RevocationFeed, StoreError> {
        self.call(|db| async move { feed::read(&db, from, limit).await }).await
    }

    fn feed_delay(&self) -> Duration {
        feed::DELAY
    }

    async fn purge(
        &self,
        now: Timestamp,
        replays_before: Timestamp,
        limit: u32,
    ) -> Result<Purged, StoreError> {
        self.call(|db| async move { purge::purge(&db, now, replays_before, limit).await }).await
    }
}

impl Connections {
    async fn end(&self, end: &EndSessions) -> Result<u64, Failure> {
        // The caller may have read the sessions' user before a merge.
        let (id, found) = self.current_user(convert::to_bson(end.user_id.as_uuid())).await?;
        let Some(user) = found.filter(|user| user.mark.is_none()) else { return Ok(0) };
        let end = EndSessions { user_id: convert::user_id(id), ..end.clone() };
        self.run(UnitOfWork::default(), user, &end).await
    }
}
