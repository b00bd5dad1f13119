use std::time::Duration;

use async_trait::async_trait;
use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, IntoActiveModel};
use uuid::Uuid;
use wxlogin_domain::ports::{Deployment, DeploymentStore, StoreError};

use crate::connections::Connections;
use crate::convert;
use crate::entity::deployment;
use crate::error::Failure;
use crate::lease::{Lease, probe, take};
use crate::transaction::Transaction;

/// The key of the table's only row.
const ONLY: i32 = 1;

#[async_trait]
impl DeploymentStore for Connections {
    async fn claim(&self, deployment: Deployment) -> Result<Deployment, StoreError> {
        let row = row(deployment);
        let remembered =
            self.write(&row, |transaction, row| Box::pin(claim(transaction, row))).await?;
        convert::deployment(remembered)
    }

    async fn deployment(&self) -> Result<Option<Deployment>, StoreError> {
        let row = deployment::Entity::find_by_id(ONLY).one(self.reader());
        self.read(row).await?.map(convert::deployment).transpose()
    }

    async fn set_deployment(&self, deployment: Deployment) -> Result<(), StoreError> {
        let row = row(deployment);
        self.write(&row, |transaction, row| Box::pin(set(transaction, row))).await
    }

    async fn lease(
        &self,
        task: &'static str,
        holder: Uuid,
        lasts: Duration,
    ) -> Result<bool, StoreError> {
        let lease = Lease { task, holder, lasts };
        self.write(&lease, |transaction, lease| Box::pin(take(transaction, lease))).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        // With a commit, which is what fails on a full disk.
        self.write_probe(&(), |transaction, ()| Box::pin(probe(transaction))).await
    }
}

fn row(deployment: Deployment) -> deployment::Model {
    let rotation = deployment.rotation;
    let (tombstone_key, rotated_at) =
        rotation.map(|rotation| (rotation.tombstone_key.0, rotation.at.as_millis())).unzip();
    deployment::Model {
        id: ONLY,
        key_check: deployment.key_check.0.to_vec(),
        kind: deployment.kind.code(),
        tombstone_key,
        rotated_at,
    }
}

/// Of two instances that both find nothing, the later insert fails, starts over and finds the row.
async fn claim(
    transaction: &Transaction,
    row: &deployment::Model,
) -> Result<deployment::Model, Failure> {
    if let Some(remembered) = deployment::Entity::find_by_id(ONLY).one(transaction).await? {
        return Ok(remembered);
    }
    deployment::Entity::insert(row.clone().into_active_model())
        .exec_without_returning(transaction)
        .await?;
    Ok(row.clone())
}

async fn set(transaction: &Transaction, row: &deployment::Model) -> Result<(), Failure> {
    deployment::Entity::insert(row.clone().into_active_model())
        .on_conflict(
            OnConflict::column(deployment::Column::Id)
                .update_columns([
                    deployment::Column::KeyCheck,
                    deployment::Column::Kind,
                    deployment::Column::TombstoneKey,
                    deployment::Column::RotatedAt,
                ])
                .to_owned(),
        )
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}
