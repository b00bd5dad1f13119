use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0001_sign_in"
    }
}

/// Lengths of the values the domain lets through, in characters.
const APP_ID: u32 = 18;
const WECHAT_ID: u32 = 64;
const LABEL: u32 = 64;
const URL: u32 = 1024;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_database_backend();
        let tables = [
            users(db),
            identities(db),
            union_ids(db),
            identity_conflicts(db),
            sessions(db),
            audit_events(db),
            signing_keys(db),
            deployment(db),
        ];
        for mut table in tables {
            if db == DbBackend::MySql {
                // Letter case tells people apart, whatever the server's default collation is.
                table.engine("InnoDB").character_set("utf8mb4").collate("utf8mb4_bin");
            }
            manager.create_table(table).await?;
        }
        // MySQL commits each step by itself: a start that was cut off here goes on where it was.
        for (name, table, column, unique) in [
            ("identities_by_user", "identities", "user_id", false),
            ("sessions_by_user", "sessions", "user_id", false),
            ("sessions_by_replay", "sessions", "replay_tag", true),
        ] {
            if !manager.has_index(table, name).await? {
                let mut index = Index::create().name(name).table(table).col(column).take();
                if unique {
                    index.unique();
                }
                manager.create_index(index).await?;
            }
        }
        Ok(())
    }
}

fn users(db: DbBackend) -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table("users")
        .col(id(db, "id").primary_key())
        .col(integer("user_type"))
        .col(ColumnDef::new("status").small_integer().not_null())
        .col(ColumnDef::new("nickname").string_len(LABEL))
        .col(ColumnDef::new("avatar_url").string_len(URL))
        .col(time("created_at"))
        .col(time("updated_at"))
        .col(time("last_login_at"))
        .take()
}

fn identities(db: DbBackend) -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table("identities")
        .col(text("app_id", APP_ID))
        .col(text("open_id", WECHAT_ID))
        .col(id(db, "user_id"))
        .col(ColumnDef::new("union_id").string_len(WECHAT_ID))
        .col(bytes("session_key"))
        .col(bytes("session_key_tag"))
        .col(time("session_key_at"))
        .primary_key(Index::create().col("app_id").col("open_id"))
        .take()
}

fn union_ids(db: DbBackend) -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table("union_ids")
        .col(text("union_id", WECHAT_ID).primary_key())
        .col(id(db, "user_id"))
        .take()
}

fn identity_conflicts(db: DbBackend) -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table("identity_conflicts")
        .col(text("app_id", APP_ID))
        .col(text("open_id", WECHAT_ID))
        .col(text("union_id", WECHAT_ID))
        .col(id(db, "user_id"))
        .col(uuid(db, "owner_id"))
        .col(time("first_seen_at"))
        .primary_key(Index::create().col("app_id").col("open_id").col("union_id"))
        .take()
}

fn sessions(db: DbBackend) -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table("sessions")
        .col(id(db, "id").primary_key())
        .col(id(db, "user_id"))
        .col(text("app_id", APP_ID))
        .col(ColumnDef::new("device").string_len(LABEL))
        .col(ColumnDef::new("replay_tag").binary_len(32))
        .col(time("created_at"))
        .col(time("expires_at"))
        .take()
}

fn audit_events(db: DbBackend) -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table("audit_events")
        .col(id(db, "id").primary_key())
        .col(time("at"))
        .col(text("action", LABEL))
        .col(id(db, "user_id"))
        .take()
}

fn signing_keys(_: DbBackend) -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table("signing_keys")
        .col(integer("generation").primary_key())
        .col(text("kid", LABEL))
        .col(bytes("private_key"))
        .col(time("created_at"))
        .take()
}

fn deployment(_: DbBackend) -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table("deployment")
        .col(integer("id").primary_key())
        .col(bytes("key_check"))
        .col(ColumnDef::new("development").boolean().not_null())
        .take()
}

/// Sixteen bytes, or the server's own type where it has one.
fn uuid(db: DbBackend, name: &'static str) -> ColumnDef {
    match db {
        DbBackend::Postgres => ColumnDef::new(name).uuid().take(),
        _ => ColumnDef::new(name).binary_len(16).take(),
    }
}

fn id(db: DbBackend, name: &'static str) -> ColumnDef {
    uuid(db, name).not_null().take()
}

fn text(name: &'static str, longest: u32) -> ColumnDef {
    ColumnDef::new(name).string_len(longest).not_null().take()
}

fn integer(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).integer().not_null().take()
}

fn time(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

fn bytes(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).blob().not_null().take()
}
