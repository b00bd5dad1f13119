use async_trait::async_trait;
use mongodb::bson::doc;
use wxlogin_domain::model::{ApiClient, ClientId};
use wxlogin_domain::ports::{ClientStore, StoreError};

use crate::commands::{all, insert_new};
use crate::convert;
use crate::database::Connections;

#[async_trait]
impl ClientStore for Connections {
    async fn insert_client(&self, client: ApiClient) -> Result<bool, StoreError> {
        let client = convert::stored_api_client(&client);
        self.call(|db| async move { insert_new(&db.api_clients, &client).await }).await
    }

    async fn find_client(&self, id: &ClientId) -> Result<Option<ApiClient>, StoreError> {
        let one = doc! { "_id": id.as_str() };
        self.call(|db| async move {
            db.api_clients.find_one(one).await?.as_ref().map(convert::api_client).transpose()
        })
        .await
    }

    async fn list_clients(&self) -> Result<Vec<ApiClient>, StoreError> {
        self.call(|db| async move {
            let listed = all(db.api_clients.find(doc! {}).sort(doc! { "_id": 1 }).await?).await?;
            listed.iter().map(convert::api_client).collect()
        })
        .await
    }

    async fn remove_client(&self, id: &ClientId) -> Result<bool, StoreError> {
        let one = doc! { "_id": id.as_str() };
        self.call(|db| async move { Ok(db.api_clients.delete_one(one).await?.deleted_count > 0) })
            .await
    }
}
