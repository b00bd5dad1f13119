use async_trait::async_trait;
use sea_orm::{EntityTrait, IntoActiveModel, QueryOrder};
use wxlogin_domain::model::{ApiClient, AppId, ClientId, Scope};
use wxlogin_domain::ports::{ClientStore, StoreError};

use crate::connections::Connections;
use crate::convert;
use crate::entity::api_client;
use crate::error::Failure;
use crate::transaction::Transaction;

#[async_trait]
impl ClientStore for Connections {
    async fn insert_client(&self, client: ApiClient) -> Result<bool, StoreError> {
        let scopes = client.scopes.iter().copied().map(Scope::as_str).collect::<Vec<_>>();
        let apps = client.apps.iter().map(AppId::as_str).collect::<Vec<_>>();
        let row = api_client::Model {
            id: client.id.as_str().to_owned(),
            secret_hash: client.secret.0.to_vec(),
            scopes: scopes.join(" "),
            apps: apps.join(" "),
            created_at: client.created_at.as_millis(),
        };
        self.write(&row, |transaction, row| Box::pin(insert(transaction, row))).await
    }

    async fn find_client(&self, id: &ClientId) -> Result<Option<ApiClient>, StoreError> {
        let row = api_client::Entity::find_by_id(id.as_str()).one(self.reader());
        self.read(row).await?.map(convert::api_client).transpose()
    }

    async fn list_clients(&self) -> Result<Vec<ApiClient>, StoreError> {
        let rows =
            api_client::Entity::find().order_by_asc(api_client::Column::Id).all(self.reader());
        self.read(rows).await?.into_iter().map(convert::api_client).collect()
    }

    async fn remove_client(&self, id: &ClientId) -> Result<bool, StoreError> {
        let removed = self.write(id, |transaction, id| {
            Box::pin(async move {
                let row = api_client::Entity::delete_by_id(id.as_str());
                Ok(row.exec(transaction).await?.rows_affected > 0)
            })
        });
        removed.await
    }
}

/// Of two instances that both find nothing, the later insert fails, starts over and finds the row.
async fn insert(transaction: &Transaction, row: &api_client::Model) -> Result<bool, Failure> {
    if api_client::Entity::find_by_id(row.id.as_str()).one(transaction).await?.is_some() {
        return Ok(false);
    }
    let row = row.clone().into_active_model();
    api_client::Entity::insert(row).exec_without_returning(transaction).await?;
    Ok(true)
}
