//! Reads and writes whole tables, whatever their columns are.

mod cell;
mod insert;
mod page;
mod replace;

use async_trait::async_trait;
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, Query};
use wxlogin_domain::ports::{Cell, Page, Replacement, Row, StoreError, TABLES, Table, Transfer};

use crate::connections::Connections;

#[async_trait]
impl Transfer for Connections {
    async fn is_empty(&self) -> Result<bool, StoreError> {
        let tables = TABLES.iter().map(|table| table.name).chain(["deployment"]);
        for table in tables {
            let any = Query::select().expr(Expr::val(1)).from(table).limit(1).take();
            if self.read(self.reader().query_one(&any)).await?.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn count(&self, table: &'static Table) -> Result<u64, StoreError> {
        let count = Query::select().expr(Expr::cust("COUNT(*)")).from(table.name).take();
        let counted = async {
            let row = self.reader().query_one(&count).await?;
            row.map(|row| row.try_get_by_index::<i64>(0)).transpose()
        };
        Ok(self.read(counted).await?.and_then(|rows| u64::try_from(rows).ok()).unwrap_or(0))
    }

    async fn page(
        &self,
        table: &'static Table,
        after: Option<Vec<Cell>>,
        limit: u32,
    ) -> Result<Page, StoreError> {
        if table.name == "audit_events" {
            while self.number_events().await? {}
        }
        self.read(page::page(self.reader(), self.engine, table, after, limit)).await
    }

    async fn insert(&self, table: &'static Table, rows: Vec<Row>) -> Result<(), StoreError> {
        let input = (self.engine, table, rows);
        let inserted = self.write(&input, |transaction, (engine, table, rows)| {
            Box::pin(insert::insert(transaction, *engine, table, rows))
        });
        inserted.await
    }

    async fn replace(
        &self,
        table: &'static Table,
        replacements: Vec<Replacement>,
    ) -> Result<(), StoreError> {
        let input = (table, replacements);
        let replaced = self.write(&input, |transaction, (table, replacements)| {
            Box::pin(replace::replace(transaction, table, replacements))
        });
        replaced.await
    }
}
