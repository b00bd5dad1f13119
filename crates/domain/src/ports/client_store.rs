use async_trait::async_trait;

use super::StoreError;
use crate::model::{ApiClient, ClientId};

/// Stores API clients.
#[async_trait]
pub trait ClientStore: Send + Sync {
    /// Stores a client. Returns `false` without writing anything if the id is taken.
    async fn insert_client(&self, client: ApiClient) -> Result<bool, StoreError>;

    /// Returns the client with this id, if there is one.
    async fn find_client(&self, id: &ClientId) -> Result<Option<ApiClient>, StoreError>;

    /// Returns all clients, ordered by id.
    async fn list_clients(&self) -> Result<Vec<ApiClient>, StoreError>;

    /// Removes a client. Returns `false` if there is none with this id.
    async fn remove_client(&self, id: &ClientId) -> Result<bool, StoreError>;
}
