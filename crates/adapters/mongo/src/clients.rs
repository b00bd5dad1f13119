use async_trait::async_trait;
use mongodb::bson::doc;
use wxlogin_domain::model::{ApiClient, ClientId};
use wxlogin_domain::ports::{ClientStore, StoreError};

use crate::convert;
use crate::database::Connections;
use crate::error::Failure;

#[async_trait]
impl ClientStore for Connections {
    async fn insert_client(&self, client: ApiClient) -> Result<bool, StoreError> {
        let clients = self.api_clients.clone();
        let client = convert::stored_api_client(&client);
        self.call(async move {
            match clients.insert_one(client).await.map_err(Failure::from) {
                Ok(_) => Ok(true),
                Err(Failure::Conflict) => Ok(false),
                Err(failure) => Err(failure),
            }
        })
        .await
    }

    async fn find_client(&self, id: &ClientId) -> Result<Option<ApiClient>, StoreError> {
        let clients = self.api_clients.clone();
        let one = doc! { "_id": id.as_str() };
        self.call(async move {
            clients.find_one(one).await?.as_ref().map(convert::api_client).transpose()
        })
        .await
    }

    async fn list_clients(&self) -> Result<Vec<ApiClient>, StoreError> {
        let clients = self.api_clients.clone();
        self.call(async move {
            let mut found = clients.find(doc! {}).sort(doc! { "_id": 1 }).await?;
            let mut listed = Vec::new();
            while found.advance().await? {
                listed.push(convert::api_client(&found.deserialize_current()?)?);
            }
            Ok(listed)
        })
        .await
    }

    async fn remove_client(&self, id: &ClientId) -> Result<bool, StoreError> {
        let clients = self.api_clients.clone();
        let one = doc! { "_id": id.as_str() };
        self.call(async move { Ok(clients.delete_one(one).await?.deleted_count > 0) }).await
    }
}
