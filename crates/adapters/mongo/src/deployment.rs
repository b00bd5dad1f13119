use async_trait::async_trait;
use mongodb::bson::doc;
use wxlogin_domain::ports::{Deployment, DeploymentKind, DeploymentStore, StoreError};

use crate::database::{Connections, persist};
use crate::{convert, document};

/// The collection has this one document.
const ONLY: i32 = 1;

#[async_trait]
impl DeploymentStore for Connections {
    async fn claim(&self, claimed: Deployment) -> Result<Deployment, StoreError> {
        let deployment = self.deployment.clone();
        let claimed = document::Deployment {
            id: ONLY,
            key_check: convert::binary(&claimed.key_check.0),
            development: claimed.kind == DeploymentKind::Development,
        };
        let remembered = self.call(async move {
            persist(|| async {
                if let Some(remembered) = deployment.find_one(doc! { "_id": ONLY }).await? {
                    return Ok(remembered);
                }
                deployment.insert_one(&claimed).await?;
                Ok(claimed.clone())
            })
            .await
        });
        let remembered = remembered.await?;
        Ok(Deployment {
            key_check: convert::tag(&remembered.key_check, "deployment.key_check")?,
            kind: if remembered.development {
                DeploymentKind::Development
            } else {
                DeploymentKind::Production
            },
        })
    }

    async fn ping(&self) -> Result<(), StoreError> {
        // Changes nothing, but only a primary with a majority behind it confirms it.
        let deployment = self.deployment.clone();
        self.call(async move {
            let nothing = doc! { "$unset": { "nothing": "" } };
            deployment.update_one(doc! { "_id": ONLY }, nothing).await?;
            Ok(())
        })
        .await
    }
}
