use async_trait::async_trait;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter};
use wxlogin_domain::ports::{Deployment, DeploymentKind, DeploymentStore, StoreError};

use crate::convert;
use crate::database::Connections;
use crate::entity::deployment;
use crate::error::Failure;

/// The table has this one row.
const ONLY: i32 = 1;

#[async_trait]
impl DeploymentStore for Connections {
    async fn claim(&self, claimed: Deployment) -> Result<Deployment, StoreError> {
        let row = deployment::Model {
            id: ONLY,
            key_check: claimed.key_check.0.to_vec(),
            development: claimed.kind == DeploymentKind::Development,
        };
        let remembered = self.write(|transaction| {
            let row = row.clone();
            Box::pin(async move { claim(transaction, row).await })
        });
        let row = remembered.await?;
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
        // A write that is taken back, on the connection that logins use: a server that has become
        // read-only takes reads, and a login is a write.
        let touched = async {
            let transaction = self.begin_logins().await?;
            deployment::Entity::update_many()
                .col_expr(deployment::Column::Id, Expr::col(deployment::Column::Id))
                .filter(deployment::Column::Id.eq(ONLY))
                .exec(&transaction)
                .await?;
            transaction.rollback().await
        };
        self.read(touched).await
    }
}

/// Of two that both find nothing, the later one starts over and finds the other.
async fn claim(
    transaction: &DatabaseTransaction,
    row: deployment::Model,
) -> Result<deployment::Model, Failure> {
    if let Some(remembered) = deployment::Entity::find_by_id(ONLY).one(transaction).await? {
        return Ok(remembered);
    }
    deployment::Entity::insert(row.clone().into_active_model())
        .exec_without_returning(transaction)
        .await?;
    Ok(row)
}
