use async_trait::async_trait;

use super::StoreError;
use crate::model::{ApiClient, ClientId};

/// Back ends that call wxlogin in their own name.
#[async_trait]
pub trait ClientStore: Send + Sync {
    /// Stores a client unless its id is taken. `false` means that it is, and nothing was written.
    async fn insert_client(&self, client: ApiClient) -> Result<bool, StoreError>;

    /// The client with this id, if there is one.
    async fn find_client(&self, id: &ClientId) -> Result<Option<ApiClient>, StoreError>;

    /// Every client, in the order of their ids.
    async fn list_clients(&self) -> Result<Vec<ApiClient>, StoreError>;

    /// Removes a client. `false` when there is none with this id.
    async fn remove_client(&self, id: &ClientId) -> Result<bool, StoreError>;
}
