use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use wxlogin_domain::account::{EndSessions, Replayed, Rotation, RotationOutcome};
use wxlogin_domain::model::{Session, SessionId, Timestamp, UserId};
use wxlogin_domain::ports::{
    FeedPosition, KeyedTag, Purged, RevocationFeed, SessionStore, StoreError,
};

use crate::account;
use crate::connections::Connections;
use crate::convert;
use crate::entity::{session, user};
use crate::lane::Lane;
use crate::refreshes::Refreshes;
use crate::revocations;

/// Signed-in devices.
pub(crate) struct Sessions {
    connections: Arc<Connections>,
    refreshes: Lane<Refreshes>,
}

impl Sessions {
    pub(crate) fn new(connections: Arc<Connections>) -> Self {
        let refreshes = Lane::start(&connections, connections.refreshes());
        Self { connections, refreshes }
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn find_session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        let row = session::Entity::find_by_id(id.as_uuid()).one(self.connections.reader());
        self.connections.read(row).await?.map(convert::session).transpose()
    }

    async fn find_replay(&self, key: KeyedTag) -> Result<Option<Replayed>, StoreError> {
        let found = session::Entity::find()
            .filter(session::Column::ReplayTag.eq(key.0.to_vec()))
            .find_also_related(user::Entity)
            .one(self.connections.reader());
        let found = self.connections.read(found).await?;
        let found = found.and_then(|(session, user)| Some((session, user?)));
        let replayed = found.map(|(session, user)| convert::replayed(session, user));
        Ok(replayed.transpose()?.flatten())
    }

    async fn list_sessions(&self, user_id: UserId) -> Result<Vec<Session>, StoreError> {
        let rows = session::Entity::find()
            .filter(session::Column::UserId.eq(user_id.as_uuid()))
            .order_by_desc(session::Column::LastUsedAt)
            .order_by_desc(session::Column::Id)
            .all(self.connections.reader());
        self.connections.read(rows).await?.into_iter().map(convert::session).collect()
    }

    async fn rotate(&self, rotation: Rotation) -> Result<RotationOutcome, StoreError> {
        self.refreshes.run(rotation).await
    }

    async fn end_sessions(&self, end: EndSessions) -> Result<u64, StoreError> {
        account::run_alone(&self.connections, &end).await
    }

    async fn revocations(
        &self,
        from: Option<FeedPosition>,
        limit: u32,
    ) -> Result<RevocationFeed, StoreError> {
        self.connections.read(revocations::feed(self.connections.feed(), from, limit)).await
    }

    fn feed_delay(&self) -> Duration {
        self.connections.longest_write()
    }

    async fn purge(
        &self,
        now: Timestamp,
        replays_before: Timestamp,
        limit: u32,
    ) -> Result<Purged, StoreError> {
        self.connections.purge_expired(now, replays_before, limit).await
    }
}
