use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use super::column::{APP_ID, LABEL, SALT, TAG, WORD, big_integer, bytes, id, label, word};

pub(super) fn sessions(db: DbBackend) -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table("sessions")
        .col(id(db, "id").primary_key())
        .col(id(db, "user_id"))
        .col(word(db, "app_id", APP_ID))
        .col(word(db, "open_id", WORD))
        .col(label("device", LABEL).null())
        .col(big_integer("generation"))
        .col(bytes("salt", SALT))
        .col(bytes("replay_tag", TAG).null())
        .col(bytes("replay_fingerprint", TAG).null())
        .col(big_integer("created_at"))
        .col(big_integer("last_used_at"))
        .col(big_integer("expires_at"))
        .col(big_integer("ends_at"))
        .take()
}

pub(super) fn revocations(db: DbBackend) -> TableCreateStatement {
    Table::create()
        .if_not_exists()
        .table("revocations")
        .col(id(db, "session_id").primary_key())
        .col(big_integer("revoked_at"))
        .col(big_integer("until"))
        .take()
}
