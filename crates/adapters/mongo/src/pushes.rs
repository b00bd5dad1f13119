use async_trait::async_trait;
use mongodb::bson::doc;
use wxlogin_domain::model::Timestamp;
use wxlogin_domain::ports::{KeyedTag, PushStore, StoreError};

use crate::convert;
use crate::database::Connections;
use crate::document::Push;
use crate::error::Failure;

#[async_trait]
impl PushStore for Connections {
    async fn is_remembered(&self, message: KeyedTag) -> Result<bool, StoreError> {
        let pushes = self.pushes.clone();
        let one = doc! { "_id": convert::binary(&message.0) };
        self.call(async move { Ok(pushes.find_one(one).await?.is_some()) }).await
    }

    async fn remember(&self, message: KeyedTag, now: Timestamp) -> Result<(), StoreError> {
        let pushes = self.pushes.clone();
        let push = Push { message: convert::binary(&message.0), remembered_at: now.as_millis() };
        self.call(async move {
            match pushes.insert_one(push).await.map_err(Failure::from) {
                Ok(_) | Err(Failure::Conflict) => Ok(()),
                Err(failure) => Err(failure),
            }
        })
        .await
    }

    async fn purge_pushes(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        // The server takes zero for no limit.
        if limit == 0 {
            return Ok(0);
        }
        let pushes = self.pushes.clone();
        let before = before.as_millis();
        self.call(async move {
            let old = doc! { "remembered_at": { "$lt": before } };
            let mut found = pushes.find(old).limit(i64::from(limit)).await?;
            let mut tags = Vec::new();
            while found.advance().await? {
                tags.push(found.deserialize_current()?.message);
            }
            let these = doc! { "_id": { "$in": convert::value(&tags)? } };
            Ok(pushes.delete_many(these).await?.deleted_count)
        })
        .await
    }
}
