use mongodb::bson::{Bson, Document, Uuid, doc};
use wxlogin_domain::ports::{Cell, Page, Row, Table};

use super::{SESSIONS, USERS, cells};
use crate::commands::all;
use crate::convert;
use crate::database::Connections;
use crate::document::SESSION_ID;
use crate::error::Failure;
use crate::users::users;

/// The columns that name users, by table. A row that names no existing user is left out.
fn naming(table: &Table) -> &'static [&'static str] {
    match table.name {
        "identities" | "union_ids" => &["user_id"],
        "identity_conflicts" => &["user_id", "owner_id"],
        // Tombstones and audit events outlive their user.
        _ => &[],
    }
}

impl Connections {
    pub(super) async fn page_rows(
        &self,
        table: &Table,
        after: Option<Bson>,
        limit: u32,
    ) -> Result<Page, Failure> {
        let mut behind = if table.name == USERS {
            doc! { "$or": [users(), { "merged_into": { "$exists": true } }] }
        } else {
            doc! {}
        };
        if let Some(after) = after {
            behind.insert("_id", doc! { "$gt": after });
        }
        let columns = table.columns[table.key..].iter();
        let columns = columns.map(|column| (column.name.to_owned(), 1.into()));
        let collection = self.database.collection::<Document>(table.name);
        let page = collection.find(behind).projection(columns.collect::<Document>());
        let page = page.sort(doc! { "_id": 1 }).limit(i64::from(limit));
        let mut documents = all(page.await?).await?;
        let is_last = documents.len() < usize::try_from(limit).unwrap_or(usize::MAX);
        let last = documents.last().filter(|_| !is_last);
        let next = last.map(|last| cells::row(table, last)).transpose()?;
        let next = next.map(|row| row.0.into_iter().take(table.key).collect());
        self.resolve_users(naming(table), &mut documents).await?;
        let rows = documents.iter().map(|document| cells::row(table, document));
        Ok(Page { rows: rows.collect::<Result<_, _>>()?, next })
    }

    /// Replaces the ids in these fields by the current users, and drops documents that name none.
    async fn resolve_users(
        &self,
        fields: &[&str],
        documents: &mut Vec<Document>,
    ) -> Result<(), Failure> {
        if fields.is_empty() {
            return Ok(());
        }
        let mut named = Vec::new();
        for document in documents.iter() {
            named.extend(fields.iter().filter_map(|field| document.get(field).and_then(id)));
        }
        let current = self.current_ids(&named).await?;
        documents.retain_mut(|document| {
            fields.iter().all(|field| match document.get(field).map(id) {
                None => true,
                Some(named) => match named.and_then(|named| current.get(&named)) {
                    None => false,
                    Some(user) => document.insert(*field, *user).is_some(),
                },
            })
        });
        Ok(())
    }

    /// Returns the sessions of some users; `after` is the id of the last user before them.
    pub(super) async fn page_sessions(
        &self,
        table: &Table,
        after: Option<Bson>,
        limit: u32,
    ) -> Result<Page, Failure> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut behind = doc! { SESSION_ID: { "$exists": true } };
        if let Some(after) = after {
            behind.insert("_id", doc! { "$gt": after });
        }
        let users = self.database.collection::<Document>(USERS);
        let page = users.find(behind).projection(doc! { SESSIONS: 1 }).sort(doc! { "_id": 1 });
        let mut found = page.await?;
        let mut rows = Vec::new();
        let mut last = None;
        while found.advance().await? {
            if rows.len() >= limit {
                return Ok(Page { rows, next: last.map(|id| vec![Cell::Id(id)]) });
            }
            let user = found.deserialize_current()?;
            let id =
                user.get("_id").and_then(id).ok_or_else(|| convert::unexpected("users._id"))?;
            last = Some(convert::from_bson(id));
            for session in user.get_array(SESSIONS).into_iter().flatten() {
                rows.push(session_row(table, id, session)?);
            }
        }
        Ok(Page { rows, next: None })
    }
}

fn session_row(table: &Table, user: Uuid, session: &Bson) -> Result<Row, Failure> {
    let session = session.as_document().ok_or_else(|| convert::unexpected("users.sessions"))?;
    let mut session = session.clone();
    let id = session.remove("id").ok_or_else(|| convert::unexpected("users.sessions.id"))?;
    session.insert("_id", id);
    session.insert("user_id", user);
    cells::row(table, &session)
}

fn id(stored: &Bson) -> Option<Uuid> {
    match stored {
        Bson::Binary(binary) => binary.to_uuid().ok(),
        _ => None,
    }
}
