//! The audit log, and what instances share.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use super::column::{
    ACTOR, APP_ID, LABEL, TAG, WORD, big_integer, bytes, id, integer, label, sealed, small_integer,
    text, word,
};

pub(super) fn audit_events(db: DbBackend) -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table("audit_events")
        .col(id(db, "id").primary_key())
        .col(big_integer("at"))
        .col(label("action", LABEL))
        .col(id(db, "user_id").null())
        .col(word(db, "client_id", WORD).null())
        .col(word(db, "app_id", APP_ID).null())
        .col(id(db, "session_id").null())
        .col(word(db, "actor", ACTOR).null())
        .col(word(db, "reason", WORD).null())
        .col(big_integer("number").null())
        .take()
}

pub(super) fn signing_keys(db: DbBackend) -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table("signing_keys")
        .col(integer("generation").primary_key())
        .col(word(db, "kid", WORD))
        .col(sealed("private_key"))
        .col(big_integer("created_at"))
        .col(big_integer("active_from"))
        .col(big_integer("revoked_at").null())
        .take()
}

pub(super) fn api_clients(db: DbBackend) -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table("api_clients")
        .col(word(db, "id", WORD).primary_key())
        .col(bytes("secret_hash", TAG))
        .col(bytes("previous_secret_hash", TAG).null())
        .col(big_integer("previous_secret_until").null())
        .col(text("scopes"))
        .col(text("apps"))
        .col(text("networks"))
        .col(big_integer("expires_at").null())
        .col(id(db, "revision"))
        .col(big_integer("created_at"))
        .take()
}

pub(super) fn pushes() -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table("pushes")
        .col(bytes("tag", TAG).primary_key())
        .col(big_integer("remembered_at"))
        .take()
}

pub(super) fn deployment() -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table("deployment")
        .col(integer("id").primary_key())
        .col(bytes("key_check", TAG))
        .col(small_integer("kind"))
        .col(sealed("tombstone_key").null())
        .col(big_integer("rotated_at").null())
        .take()
}

pub(super) fn leases(db: DbBackend) -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table("leases")
        .col(word(db, "task", WORD).primary_key())
        .col(id(db, "holder"))
        .col(big_integer("until"))
        .take()
}
