use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use super::column::{
    APP_ID, LABEL, TAG, URL, WORD, big_integer, bytes, id, integer, label, sealed, small_integer,
    word,
};

pub(super) fn users(db: DbBackend) -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table("users")
        .col(id(db, "id").primary_key())
        .col(integer("user_type"))
        .col(small_integer("status"))
        .col(label("nickname", LABEL).null())
        .col(label("avatar_url", URL).null())
        .col(word(db, "legacy_id", WORD).null())
        .col(sealed("phone").null())
        .col(bytes("phone_tag", TAG).null())
        .col(id(db, "merged_into").null())
        .col(big_integer("erase_at").null())
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .col(big_integer("last_login_at"))
        .take()
}

pub(super) fn identities(db: DbBackend) -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table("identities")
        .col(word(db, "app_id", APP_ID))
        .col(word(db, "open_id", WORD))
        .col(id(db, "user_id"))
        .col(bytes("tombstone", TAG))
        .col(word(db, "union_id", WORD).null())
        .col(sealed("session_key").null())
        .col(bytes("session_key_tag", TAG).null())
        .col(big_integer("session_key_at").null())
        .col(sealed("previous_session_key").null())
        .col(big_integer("previous_session_key_until").null())
        .primary_key(Index::create().col("app_id").col("open_id"))
        .take()
}

pub(super) fn union_ids(db: DbBackend) -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table("union_ids")
        .col(word(db, "union_id", WORD).primary_key())
        .col(id(db, "user_id"))
        .col(bytes("tombstone", TAG))
        .take()
}

pub(super) fn identity_conflicts(db: DbBackend) -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table("identity_conflicts")
        .col(word(db, "app_id", APP_ID))
        .col(word(db, "open_id", WORD))
        .col(word(db, "union_id", WORD))
        .col(id(db, "id"))
        .col(id(db, "user_id"))
        .col(id(db, "owner_id").null())
        .col(big_integer("first_seen_at"))
        .primary_key(Index::create().col("app_id").col("open_id").col("union_id"))
        .take()
}

pub(super) fn tombstones(db: DbBackend) -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table("tombstones")
        .col(bytes("tag", TAG).primary_key())
        .col(word(db, "app_id", APP_ID).null())
        .col(id(db, "user_id"))
        .col(big_integer("created_at"))
        .take()
}
