use mongodb::bson::{Bson, Document, doc};
use wxlogin_domain::ports::{Row, Table};

use super::{USERS, cells};
use crate::convert;
use crate::database::Connections;
use crate::document::SESSION_ID;
use crate::error::Failure;

impl Connections {
    pub(super) async fn insert_rows(&self, table: &Table, rows: Vec<Row>) -> Result<(), Failure> {
        let mut documents = Vec::with_capacity(rows.len());
        for row in &rows {
            let mut document = cells::document(table, row)?;
            if table.name == USERS {
                document.insert("version", 1_i64);
                document.insert("sessions", Vec::<Bson>::new());
                if let Some(tag) = document.get("phone_tag").cloned() {
                    document.insert("phone_tags", vec![tag]);
                }
                if let Some(winner) = document.get("merged_into").cloned() {
                    document.insert("mark", doc! { "superseded_by": winner });
                }
            }
            documents.push(document);
        }
        if documents.is_empty() {
            return Ok(());
        }
        let collection = self.database.collection::<Document>(table.name);
        match collection.insert_many(documents).ordered(false).await.map_err(Failure::from) {
            // Some of the rows exist already.
            Ok(_) | Err(Failure::Conflict) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    /// Inserts sessions into their users' documents, in one command.
    pub(super) async fn insert_sessions(
        &self,
        table: &Table,
        rows: Vec<Row>,
    ) -> Result<(), Failure> {
        let pushes = |replay| rows.iter().map(move |row| push(table, row, replay));
        let all = pushes(Replay::Kept).collect::<Result<_, _>>()?;
        match self.update_each(USERS, all).await {
            // In other databases an expired session may have the same replay tag as a session of another
            // user. Sessions that were inserted are not inserted again.
            Err(Failure::Conflict) => {
                let without = pushes(Replay::Dropped).collect::<Result<_, _>>()?;
                self.update_each(USERS, without).await
            }
            done => done,
        }
    }
}

/// Whether a session's replay record is inserted, too.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Replay {
    Kept,
    Dropped,
}

/// Returns the update that adds a session to its user, unless it exists: `$addToSet` recognises an
/// equal one. Filtering by the key alone lets most updates go straight to their documents.
fn push(table: &Table, row: &Row, replay: Replay) -> Result<Document, Failure> {
    let mut session = Document::new();
    cells::fields(table, table.columns, &row.0, &mut session)?;
    let user = session.remove("user_id").ok_or_else(|| convert::unexpected("sessions.user_id"))?;
    let mut into = doc! { "_id": user };
    if replay == Replay::Dropped {
        session.remove("replay_tag");
        session.remove("replay_fingerprint");
        let id = session.get("id").ok_or_else(|| convert::unexpected("sessions.id"))?;
        into.insert(SESSION_ID, doc! { "$ne": id });
    }
    let mut added = Document::new();
    if let Some(tag) = session.get("replay_tag") {
        added.insert("replay_tags", tag);
    }
    added.insert("sessions", session);
    Ok(doc! { "q": into, "u": { "$addToSet": added, "$inc": { "version": 1_i64 } } })
}
