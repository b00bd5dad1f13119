use mongodb::bson::{Bson, Document, doc};
use wxlogin_domain::ports::{Row, Table};

use super::{USERS, cells};
use crate::convert;
use crate::database::{Connections, persist};
use crate::error::Failure;

impl Connections {
    pub(super) async fn insert_rows(&self, table: &Table, rows: Vec<Row>) -> Result<(), Failure> {
        let mut documents = Vec::with_capacity(rows.len());
        for row in &rows {
            let mut document = cells::document(table, row)?;
            if table.name == USERS {
                document.insert("version", 1_i64);
                document.insert("sessions", Vec::<Bson>::new());
            }
            documents.push(document);
        }
        if documents.is_empty() {
            return Ok(());
        }
        let collection = self.database.collection::<Document>(table.name);
        match collection.insert_many(documents).ordered(false).await.map_err(Failure::from) {
            // Some are there already.
            Ok(_) | Err(Failure::Conflict) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    /// Puts sessions into their users, all in one command.
    pub(super) async fn insert_sessions(
        &self,
        table: &Table,
        rows: Vec<Row>,
    ) -> Result<(), Failure> {
        let pushes = rows.iter().map(|row| push(table, row)).collect::<Result<Vec<_>, _>>()?;
        persist(|| self.update_each(USERS, pushes.clone())).await
    }
}

/// Puts a session into its user; one that is there already is equal and not added again. Nothing but
/// the key is asked for, so that each update goes straight to its document.
fn push(table: &Table, row: &Row) -> Result<Document, Failure> {
    let mut session = Document::new();
    cells::fields(table, table.columns, &row.0, &mut session)?;
    let user = session.remove("user_id").ok_or_else(|| convert::unexpected("sessions.user_id"))?;
    let mut added = Document::new();
    if let Some(tag) = session.get("replay_tag") {
        added.insert("replay_tags", tag);
    }
    added.insert("sessions", session);
    Ok(doc! { "q": { "_id": user }, "u": { "$addToSet": added, "$inc": { "version": 1_i64 } } })
}
