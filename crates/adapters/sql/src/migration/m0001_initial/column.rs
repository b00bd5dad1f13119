//! Column types. A column is required unless it is marked with `null()`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Maximum lengths of the domain's values, in characters.
pub(super) const APP_ID: u32 = 18;
pub(super) const WORD: u32 = 64;
pub(super) const LABEL: u32 = 64;
pub(super) const ACTOR: u32 = 77;
pub(super) const URL: u32 = 1024;
/// Length of a keyed tag or a hash, in bytes.
pub(super) const TAG: u32 = 32;
/// Length of a session's salt, in bytes.
pub(super) const SALT: u32 = 16;

/// A UUID: sixteen bytes, or the server's own type if it has one.
pub(super) fn id(db: DbBackend, name: &'static str) -> ColumnDef {
    match db {
        DbBackend::Postgres => ColumnDef::new(name).uuid().not_null().take(),
        _ => ColumnDef::new(name).binary_len(16).not_null().take(),
    }
}

/// An identifier, compared and sorted byte by byte on every server.
pub(super) fn word(db: DbBackend, name: &'static str, longest: u32) -> ColumnDef {
    let mut column = label(name, longest);
    if db == DbBackend::Postgres {
        column.extra("COLLATE \"C\"");
    }
    column
}

pub(super) fn label(name: &'static str, longest: u32) -> ColumnDef {
    ColumnDef::new(name).string_len(longest).not_null().take()
}

/// A text of any length.
pub(super) fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().take()
}

pub(super) fn small_integer(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).small_integer().not_null().take()
}

pub(super) fn integer(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).integer().not_null().take()
}

/// Times are UTC in milliseconds.
pub(super) fn big_integer(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

/// A fixed number of bytes.
pub(super) fn bytes(name: &'static str, length: u32) -> ColumnDef {
    ColumnDef::new(name).binary_len(length).not_null().take()
}

/// A sealed value.
pub(super) fn sealed(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).blob().not_null().take()
}
