//! The indexes. MongoDB makes databases and collections by itself.

use std::collections::HashSet;

use mongodb::bson::{Document, doc};
use mongodb::error::ErrorKind;
use mongodb::options::IndexOptions;
use mongodb::{Database, IndexModel};

use crate::document::SESSION_ID;
use crate::error::Failure;

struct Index {
    collection: &'static str,
    name: &'static str,
    field: &'static str,
    unique: bool,
}

/// Every index. All are sparse: a document without the field is of no interest to any of them, and
/// the unique one must not take two such documents for duplicates.
const INDEXES: [Index; 4] = [
    Index { collection: "users", name: "users_by_session", field: SESSION_ID, unique: false },
    Index { collection: "users", name: "users_by_replay", field: "replay_tags", unique: true },
    Index {
        collection: "users",
        name: "users_by_outbox",
        field: "audit_outbox._id",
        unique: false,
    },
    Index { collection: "identities", name: "identities_by_user", field: "user_id", unique: false },
];

/// Makes what is missing. The server lets several instances do so at once.
pub(crate) async fn migrate(database: &Database) -> Result<(), Failure> {
    for index in INDEXES {
        let options = IndexOptions::builder()
            .name(index.name.to_owned())
            .unique(index.unique)
            .sparse(true)
            .build();
        let model = IndexModel::builder().keys(doc! { index.field: 1 }).options(options).build();
        database.collection::<Document>(index.collection).create_index(model).await?;
    }
    Ok(())
}

/// How many indexes are missing.
pub(crate) async fn pending(database: &Database) -> Result<usize, Failure> {
    let mut present = HashSet::new();
    for collection in ["users", "identities"] {
        match database.collection::<Document>(collection).list_index_names().await {
            Ok(names) => present.extend(names),
            Err(error) if is_missing(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(INDEXES.iter().filter(|index| !present.contains(index.name)).count())
}

/// Whether the collection is not there yet.
fn is_missing(error: &mongodb::error::Error) -> bool {
    matches!(error.kind.as_ref(), ErrorKind::Command(command) if command.code == 26)
}
