use async_trait::async_trait;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, EntityTrait};
use wxlogin_domain::ports::{Deployment, DeploymentKind, DeploymentStore, StoreError};

use crate::convert;
use crate::database::Connections;
use crate::entity::deployment;
use crate::error::store_error;

/// The table has this one row.
const ONLY: i32 = 1;

#[async_trait]
impl DeploymentStore for Connections {
    async fn claim(&self, claimed: Deployment) -> Result<Deployment, StoreError> {
        let row = deployment::ActiveModel {
            id: Set(ONLY),
            key_check: Set(claimed.key_check.0.to_vec()),
            development: Set(claimed.kind == DeploymentKind::Development),
        };
        let remembered = async {
            let transaction = self.begin().await?;
            deployment::Entity::insert(row)
                .on_conflict(OnConflict::column(deployment::Column::Id).do_nothing().to_owned())
                .exec_without_returning(&transaction)
                .await?;
            let row = deployment::Entity::find_by_id(ONLY).one(&transaction).await?;
            transaction.commit().await?;
            Ok(row)
        };
        let row = remembered.await.map_err(|error| store_error(&error))?;
        let row =
            row.ok_or_else(|| StoreError::Unexpected("the deployment's row has gone".into()))?;
        Ok(Deployment {
            key_check: convert::tag(row.key_check, "deployment.key_check")?,
            kind: if row.development {
                DeploymentKind::Development
            } else {
                DeploymentKind::Production
            },
        })
    }

    async fn ping(&self) -> Result<(), StoreError> {
        // A read of a real table: an empty statement would succeed on a file that has gone bad.
        let row = deployment::Entity::find_by_id(ONLY).one(self.reader()).await;
        row.map(drop).map_err(|error| store_error(&error))
    }
}
