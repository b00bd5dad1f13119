use std::time::Duration;

use async_trait::async_trait;
use mongodb::bson::doc;
use uuid::Uuid;
use wxlogin_domain::ports::{Deployment, DeploymentStore, StoreError};

use crate::commands::insert_new;
use crate::convert;
use crate::database::{Connections, retry_on_conflict};
use crate::document::Lease;
use crate::error::Failure;

/// The `_id` of the only document of the collection.
const ONLY: i32 = 1;

#[async_trait]
impl DeploymentStore for Connections {
    async fn claim(&self, claimed: Deployment) -> Result<Deployment, StoreError> {
        let claimed = convert::stored_deployment(ONLY, &claimed);
        self.call(|db| async move {
            let remembered = retry_on_conflict(|| async {
                if let Some(remembered) = db.deployment.find_one(doc! { "_id": ONLY }).await? {
                    return Ok(remembered);
                }
                db.deployment.insert_one(&claimed).await?;
                Ok(claimed.clone())
            });
            convert::deployment(&remembered.await?)
        })
        .await
    }

    async fn deployment(&self) -> Result<Option<Deployment>, StoreError> {
        self.call(|db| async move {
            let remembered = db.deployment.find_one(doc! { "_id": ONLY }).await?;
            remembered.as_ref().map(convert::deployment).transpose()
        })
        .await
    }

    async fn set_deployment(&self, set: Deployment) -> Result<(), StoreError> {
        let set = convert::stored_deployment(ONLY, &set);
        self.call(|db| async move {
            // Of two concurrent inserts one fails and has to replace.
            retry_on_conflict(|| async {
                db.deployment.replace_one(doc! { "_id": ONLY }, &set).upsert(true).await?;
                Ok(())
            })
            .await
        })
        .await
    }

    async fn lease(
        &self,
        task: &'static str,
        holder: Uuid,
        lasts: Duration,
    ) -> Result<bool, StoreError> {
        self.call(|db| async move { db.acquire_lease(task, holder, lasts).await }).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        // Changes nothing, but only a primary with a majority acknowledges it.
        self.call(|db| async move {
            let nothing = doc! { "$unset": { "nothing": "" } };
            db.deployment.update_one(doc! { "_id": ONLY }, nothing).await?;
            Ok(())
        })
        .await
    }
}

impl Connections {
    /// Acquires or renews a lease. The time is read before the update, so a slow holder has the lease
    /// for a shorter time and nobody else gets it too early.
    async fn acquire_lease(
        &self,
        task: &str,
        holder: Uuid,
        lasts: Duration,
    ) -> Result<bool, Failure> {
        let now = self.server_time().await?;
        let holder = convert::to_bson(holder);
        let until = now.plus(lasts).as_millis();
        let held = doc! { "holder": holder };
        let over = doc! { "until": { "$lte": now.as_millis() } };
        let free = doc! { "_id": task, "$or": [held, over] };
        let taken = doc! { "$set": { "holder": holder, "until": until } };
        if self.leases.update_one(free, taken).await?.matched_count > 0 {
            return Ok(true);
        }
        let lease = Lease { task: task.to_owned(), holder, until };
        insert_new(&self.leases, &lease).await
    }
}
