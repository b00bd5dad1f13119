use async_trait::async_trait;

use super::MemoryStore;
use crate::ports::{Cell, Page, Replacement, Row, StoreError, TABLES, Table, Transfer};

#[async_trait]
impl Transfer for MemoryStore {
    async fn is_empty(&self) -> Result<bool, StoreError> {
        let tables = self.tables();
        let no_rows = TABLES.iter().all(|table| tables.rows(table.name).is_empty());
        Ok(no_rows && tables.deployment.is_none())
    }

    async fn count(&self, table: &'static Table) -> Result<u64, StoreError> {
        Ok(self.tables().rows(table.name).len() as u64)
    }

    async fn page(
        &self,
        table: &'static Table,
        after: Option<Vec<Cell>>,
        limit: u32,
    ) -> Result<Page, StoreError> {
        let rows = self.tables().rows(table.name);
        // The place in the list is as good as a key, because nothing changes meanwhile.
        let from = match after.as_deref() {
            Some([Cell::Integer(from)]) => usize::try_from(*from).unwrap(),
            _ => 0,
        };
        let to = rows.len().min(from.saturating_add(usize::try_from(limit).unwrap()));
        let next = (to < rows.len()).then(|| vec![Cell::Integer(i64::try_from(to).unwrap())]);
        Ok(Page { rows: rows[from..to].to_vec(), next })
    }

    async fn insert(&self, table: &'static Table, rows: Vec<Row>) -> Result<(), StoreError> {
        let mut tables = self.tables();
        for row in rows {
            tables.put(table.name, row);
        }
        Ok(())
    }

    async fn replace(
        &self,
        table: &'static Table,
        replacements: Vec<Replacement>,
    ) -> Result<(), StoreError> {
        let mut tables = self.tables();
        for it in replacements {
            let mut rows = tables.rows(table.name).into_iter();
            let Some(mut row) = rows.find(|row| row.0.starts_with(&it.key)) else { continue };
            let place = |column| table.position(column).unwrap();
            let value = place(it.column);
            if row.0[value] == Cell::Bytes(it.from) {
                row.0[value] = Cell::Bytes(it.to);
                if let Some((column, tag)) = it.tag {
                    row.0[place(column)] = Cell::Bytes(tag.0.to_vec());
                }
                tables.put(table.name, row);
            }
        }
        Ok(())
    }
}
