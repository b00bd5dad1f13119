//! The indexes. MongoDB creates databases and collections implicitly.

use std::collections::HashSet;

use mongodb::bson::Document;
use mongodb::error::ErrorKind;
use mongodb::options::IndexOptions;
use mongodb::{Database, IndexModel};

use crate::document::{ERASED, MERGING, OUTBOX_ENTRY, SESSION_ID, SUPERSEDED};
use crate::error::Failure;

struct Index {
    collection: &'static str,
    name: &'static str,
    fields: &'static [&'static str],
    unique: bool,
}

const fn index(
    collection: &'static str,
    name: &'static str,
    fields: &'static [&'static str],
) -> Index {
    Index { collection, name, fields, unique: false }
}

const fn unique(
    collection: &'static str,
    name: &'static str,
    fields: &'static [&'static str],
) -> Index {
    Index { collection, name, fields, unique: true }
}

/// Every index. All are sparse: none needs documents without the field, and a unique index must not
/// treat two such documents as duplicates.
const INDEXES: [Index; 26] = [
    index("users", "users_by_session", &[SESSION_ID]),
    index("users", "users_by_session_end", &["sessions.expires_at"]),
    unique("users", "users_by_replay", &["replay_tags"]),
    unique("users", "users_by_legacy_id", &["legacy_id"]),
    unique("users", "users_by_phone", &["phone_tags"]),
    index("users", "users_by_avatar", &["avatar_url"]),
    index("users", "users_by_merge", &[MERGING]),
    index("users", "users_by_erasure", &["erase_at"]),
    index("users", "users_by_outbox", &[OUTBOX_ENTRY]),
    index("users", "users_by_successor", &[SUPERSEDED]),
    index("users", "users_by_mark", &[ERASED]),
    index("identities", "identities_by_user", &["user_id"]),
    index("identities", "identities_by_app", &["_id.app_id", "user_id"]),
    index("union_ids", "union_ids_by_user", &["user_id"]),
    index("identity_conflicts", "identity_conflicts_by_user", &["user_id"]),
    index("identity_conflicts", "identity_conflicts_by_owner", &["owner_id"]),
    unique("identity_conflicts", "identity_conflicts_by_id", &["id"]),
    index("identity_conflicts", "identity_conflicts_by_app", &["_id.app_id", "id"]),
    index("identity_conflicts", "identity_conflicts_by_union_id", &["_id.union_id"]),
    index("tombstones", "tombstones_by_user", &["user_id"]),
    index("pushes", "pushes_by_time", &["remembered_at"]),
    index("revocations", "revocations_by_time", &["revoked_at", "_id"]),
    index("revocations", "revocations_by_end", &["until"]),
    index("audit_events", "audit_events_by_user", &["user_id", "number"]),
    index("audit_events", "audit_events_by_app", &["app_id", "number"]),
    unique("audit_events", "audit_events_by_number", &["number"]),
];

/// Creates missing indexes. Several instances may do so at once.
pub(crate) async fn migrate(database: &Database) -> Result<(), Failure> {
    for index in INDEXES {
        let options = IndexOptions::builder()
            .name(index.name.to_owned())
            .unique(index.unique)
            .sparse(true)
            .build();
        let fields = index.fields.iter().map(|field| ((*field).to_owned(), 1.into()));
        let fields = fields.collect::<Document>();
        let model = IndexModel::builder().keys(fields).options(options).build();
        database.collection::<Document>(index.collection).create_index(model).await?;
    }
    Ok(())
}

/// Returns the number of missing indexes.
pub(crate) async fn pending(database: &Database) -> Result<usize, Failure> {
    let collections = INDEXES.iter().map(|index| index.collection).collect::<HashSet<_>>();
    let mut present = HashSet::new();
    for collection in collections {
        match database.collection::<Document>(collection).list_index_names().await {
            Ok(names) => present.extend(names),
            Err(error) if is_missing(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(INDEXES.iter().filter(|index| !present.contains(index.name)).count())
}

/// Whether the error means that the collection does not exist yet.
fn is_missing(error: &mongodb::error::Error) -> bool {
    matches!(error.kind.as_ref(), ErrorKind::Command(command) if command.code == 26)
}
