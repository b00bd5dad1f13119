use async_trait::async_trait;
use mongodb::bson::doc;
use wxlogin_domain::model::Timestamp;
use wxlogin_domain::ports::{KeyedTag, PushStore, StoreError};

use crate::commands::{all, insert_new};
use crate::convert;
use crate::database::Connections;
use crate::document::Push;

#[async_trait]
impl PushStore for Connections {
    async fn is_remembered(&self, message: KeyedTag) -> Result<bool, StoreError> {
        let one = doc! { "_id": convert::binary(&message.0) };
        self.call(|db| async move { Ok(db.pushes.find_one(one).await?.is_some()) }).await
    }

    async fn remember(&self, message: KeyedTag, now: Timestamp) -> Result<(), StoreError> {
        let push = Push { message: convert::binary(&message.0), remembered_at: now.as_millis() };
        self.call(|db| async move { insert_new(&db.pushes, &push).await.map(drop) }).await
    }

    async fn purge_pushes(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        // The server takes zero for no limit.
        if limit == 0 {
            return Ok(0);
        }
        let before = before.as_millis();
        self.call(|db| async move {
            let old = doc! { "remembered_at": { "$lt": before } };
            let old = all(db.pushes.find(old).limit(i64::from(limit)).await?).await?;
            let tags = old.into_iter().map(|push| push.message).collect::<Vec<_>>();
            let these = doc! { "_id": { "$in": convert::value(&tags)? } };
            Ok(db.pushes.delete_many(these).await?.deleted_count)
        })
        .await
    }
}
