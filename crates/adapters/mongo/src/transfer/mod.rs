//! The port of `wxlogin copy`: the whole content as rows.
//!
//! A collection's documents are the rows of its table, with two exceptions. Sessions are inside their
//! users' documents and are paged by user. And unfinished steps are not copied: they are finished before
//! the first page of a table, and rows of users who were never created are left out.

mod cells;
mod export;
mod insert;
mod replace;

use async_trait::async_trait;
use mongodb::bson::{Bson, Document, doc};
use wxlogin_domain::ports::{Cell, Page, Replacement, Row, StoreError, TABLES, Table, Transfer};

use crate::database::Connections;
use crate::document::SESSION_ID;
use crate::error::Failure;

/// The table whose rows are inside the documents of [`USERS`].
const SESSIONS: &str = "sessions";

const USERS: &str = "users";

#[async_trait]
impl Transfer for Connections {
    async fn is_empty(&self) -> Result<bool, StoreError> {
        self.call(|db| async move {
            let names = TABLES.iter().map(|table| table.name).filter(|name| *name != SESSIONS);
            for name in names.chain(["deployment"]) {
                let collection = db.database.collection::<Document>(name);
                if collection.find_one(doc! {}).await?.is_some() {
                    return Ok(false);
                }
            }
            Ok(true)
        })
        .await
    }

    async fn count(&self, table: &'static Table) -> Result<u64, StoreError> {
        self.call(|db| async move {
            if table.name == SESSIONS {
                return db.count_sessions().await;
            }
            let collection = db.database.collection::<Document>(table.name);
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
        self.call(|db| async move {
            if after.is_none() {
                db.finish_interrupted_work().await?;
            }
            let after = after.map(|key| cells::key(table, &key)).transpose()?;
            let limit = limit.max(1);
            if table.name == SESSIONS {
                return db.page_sessions(table, after, limit).await;
            }
            db.page_rows(table, after, limit).await
        })
        .await
    }

    async fn insert(&self, table: &'static Table, rows: Vec<Row>) -> Result<(), StoreError> {
        self.call(|db| async move {
            if table.name == SESSIONS {
                return db.insert_sessions(table, rows).await;
            }
            db.insert_rows(table, rows).await
        })
        .await
    }

    async fn replace(
        &self,
        table: &'static Table,
        replacements: Vec<Replacement>,
    ) -> Result<(), StoreError> {
        self.call(|db| async move { db.replace_values(table, &replacements).await }).await
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
        number.ok_or_else(|| Failure::Unexpected("cannot read the server's reply".into()))
    }
}
