//! The tables of the domain's `TABLES`, and `deployment`, `leases` and `pushes`.

mod accounts;
mod column;
mod sessions;
mod shared;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0001_initial"
    }
}

/// Table, name and columns of an index.
type Index = (&'static str, &'static str, &'static [&'static str]);

/// The column with the names of stored pictures, and with URLs that are too long for an index of MySQL.
const AVATAR: &str = "avatar_url";

/// How many characters of it MySQL indexes: more than a name has.
const AVATAR_PREFIX: u32 = 40;

const INDEXES: &[Index] = &[
    ("users", "users_by_erasure", &["erase_at"]),
    ("users", "users_by_winner", &["merged_into", "id"]),
    ("users", "users_by_avatar", &[AVATAR]),
    ("identities", "identities_by_user", &["user_id"]),
    ("identities", "identities_by_app", &["app_id", "user_id"]),
    ("union_ids", "union_ids_by_user", &["user_id"]),
    ("identity_conflicts", "conflicts_by_user", &["user_id"]),
    ("identity_conflicts", "conflicts_by_owner", &["owner_id"]),
    ("identity_conflicts", "conflicts_by_app", &["app_id", "id"]),
    ("identity_conflicts", "conflicts_by_union_id", &["union_id"]),
    ("tombstones", "tombstones_by_user", &["user_id"]),
    ("sessions", "sessions_by_user", &["user_id"]),
    ("sessions", "sessions_by_expiry", &["expires_at"]),
    ("revocations", "revocations_by_time", &["revoked_at", "subject"]),
    ("revocations", "revocations_by_end", &["until"]),
    ("audit_events", "audit_events_by_user", &["user_id", "number"]),
    ("audit_events", "audit_events_by_app", &["app_id", "number"]),
    ("pushes", "pushes_by_time", &["remembered_at"]),
];

const UNIQUE: &[Index] = &[
    ("users", "users_by_legacy_id", &["legacy_id"]),
    ("users", "users_by_phone", &["phone_tag"]),
    ("identity_conflicts", "conflicts_by_id", &["id"]),
    ("sessions", "sessions_by_replay", &["replay_tag"]),
    ("audit_events", "audit_events_by_number", &["number"]),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_database_backend();
        let tables = [
            accounts::users(db),
            accounts::identities(db),
            accounts::union_ids(db),
            accounts::identity_conflicts(db),
            accounts::tombstones(db),
            sessions::sessions(db),
            sessions::revocations(db),
            shared::audit_events(db),
            shared::signing_keys(db),
            shared::api_clients(db),
            shared::pushes(),
            shared::deployment(),
            shared::leases(db),
        ];
        for mut table in tables {
            if db == DbBackend::MySql {
                // Ids are case-sensitive, whatever the server's default collation is.
                table.engine("InnoDB").character_set("utf8mb4").collate("utf8mb4_bin");
            }
            manager.create_table(table).await?;
        }
        for index in INDEXES {
            create_index(manager, index, false).await?;
        }
        for index in UNIQUE {
            create_index(manager, index, true).await?;
        }
        Ok(())
    }
}

/// Creates an index unless it exists: MySQL commits each step implicitly, so a migration that was
/// interrupted continues here.
async fn create_index(
    manager: &SchemaManager<'_>,
    (table, name, columns): &Index,
    unique: bool,
) -> Result<(), DbErr> {
    if manager.has_index(*table, *name).await? {
        return Ok(());
    }
    let mut index = sea_query::Index::create().name(*name).table(*table).take();
    let is_mysql = manager.get_database_backend() == DbBackend::MySql;
    for column in *columns {
        if is_mysql && *column == AVATAR {
            index.col((*column, AVATAR_PREFIX));
        } else {
            index.col(*column);
        }
    }
    if unique {
        index.unique();
    }
    manager.create_index(index).await
}
