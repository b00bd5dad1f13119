//! The whole content, row by row.
//!
//! A collection's documents are its table's rows, but for two things. Sessions are within their
//! users, and are paged through by user. And what an unfinished step has left must not travel: before
//! the first page of a table it is finished, and rows of users who were never made stay behind.

mod cells;
mod export;
mod insert;

use async_trait::async_trait;
use mongodb::bson::{Bson, Document, doc};
use wxlogin_domain::ports::{Cell, Page, Row, StoreError, TABLES, Table, Transfer};

use crate::database::Connections;
use crate::document::SESSION_ID;
use crate::error::Failure;

/// The table whose rows are within the documents of [`USERS`].
const SESSIONS: &str = "sessions";

const USERS: &str = "users";

#[async_trait]
impl Transfer for Connections {
    async fn is_empty(&self) -> Result<bool, StoreError> {
        let connections = self.clone();
        self.call(async move {
            let names = TABLES.iter().map(|table| table.name).filter(|name| *name != SESSIONS);
            for name in names.chain(["deployment"]) {
                let collection = connections.database.collection::<Document>(name);
                if collection.find_one(doc! {}).await?.is_some() {
                    return Ok(false);
                }
            }
            Ok(true)
        })
        .await
    }

    async fn count(&self, table: &'static Table) -> Result<u64, StoreError> {
        let connections = self.clone();
        self.call(async move {
            if table.name == SESSIONS {
                return connections.count_sessions().await;
            }
            let collection = connections.database.collection::<Document>(table.name);
            Ok(collection.estimated_document_count().await?)
        })
        .await
    }

    async fn page(
        &self,
        table: &'static Table,
        after: Option<Vec<Cell>>,
        limit: u32,
    ) -> Result<Page, StoreError> {
        let connections = self.clone();
        self.call(async move {
            if after.is_none() {
                connections.finish_what_was_held_up().await?;
            }
            let after = after.map(|key| cells::key(table, &key)).transpose()?;
            let limit = limit.max(1);
            if table.name == SESSIONS {
                return connections.page_sessions(table, after, limit).await;
            }
            connections.page_rows(table, after, limit).await
        })
        .await
    }

    async fn insert(&self, table: &'static Table, rows: Vec<Row>) -> Result<(), StoreError> {
        let connections = self.clone();
        self.call(async move {
            if table.name == SESSIONS {
                return connections.insert_sessions(table, rows).await;
            }
            connections.insert_rows(table, rows).await
        })
        .await
    }
}

impl Connections {
    async fn count_sessions(&self) -> Result<u64, Failure> {
        let having = doc! { "$match": { SESSION_ID: { "$exists": true } } };
        let each = doc! { "$unwind": "$sessions" };
        let mut counted = self.users.aggregate([having, each, doc! { "$count": "number" }]).await?;
        if !counted.advance().await? {
            return Ok(0);
        }
        let number = match counted.deserialize_current()?.get("number") {
            Some(Bson::Int32(number)) => u64::try_from(*number).ok(),
            Some(Bson::Int64(number)) => u64::try_from(*number).ok(),
            _ => None,
        };
        number.ok_or_else(|| Failure::Unexpected("the server's answer cannot be read".into()))
    }
}
