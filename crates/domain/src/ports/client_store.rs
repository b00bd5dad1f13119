use async_trait::async_trait;
use uuid::Uuid;

use super::StoreError;
use crate::model::{ApiClient, AuditEvent, ClientId};

/// Stores API clients. A change that is stored is in the audit log, also if the process ends meanwhile.
#[async_trait]
pub trait ClientStore: Send + Sync {
    /// Stores a client and the event. Returns `false` without writing anything if the id is taken.
    async fn insert_client(&self, client: ApiClient, event: AuditEvent)
    -> Result<bool, StoreError>;

    /// Replaces the client of this id and revision and stores the event. Returns `false` without writing
    /// anything if there is none.
    async fn replace_client(
        &self,
        revision: Uuid,
        client: ApiClient,
        event: AuditEvent,
    ) -> Result<bool, StoreError>;

    /// Returns the client with this id, if there is one.
    async fn find_client(&self, id: &ClientId) -> Result<Option<ApiClient>, StoreError>;

    /// Returns all clients, ordered by id.
    async fn list_clients(&self) -> Result<Vec<ApiClient>, StoreError>;

    /// Removes a client and stores the event. Returns `false` without writing anything if there is none
    /// with this id.
    async fn remove_client(&self, id: &ClientId, event: AuditEvent) -> Result<bool, StoreError>;
}
