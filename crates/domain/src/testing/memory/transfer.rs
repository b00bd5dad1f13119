use async_trait::async_trait;

use super::MemoryStore;
use crate::ports::{Cell, Page, Row, StoreError, Table, Transfer};

#[async_trait]
impl Transfer for MemoryStore {
    async fn is_empty(&self) -> Result<bool, StoreError> {
        let tables = self.tables();
        Ok(tables.users.is_empty() && tables.keys.is_empty() && tables.deployment.is_none())
    }

    async fn count(&self, _: &'static Table) -> Result<u64, StoreError> {
        Err(unsupported())
    }

    async fn page(
        &self,
        _: &'static Table,
        _: Option<Vec<Cell>>,
        _: u32,
    ) -> Result<Page, StoreError> {
        Err(unsupported())
    }

    async fn insert(&self, _: &'static Table, _: Vec<Row>) -> Result<(), StoreError> {
        Err(unsupported())
    }
}

fn unsupported() -> StoreError {
    StoreError::Unexpected("what is only in memory is not moved".into())
}
