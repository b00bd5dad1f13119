use async_trait::async_trait;
use uuid::Uuid;

use super::{KeyedTag, StoreError};

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole number. Times are in milliseconds.
    Integer,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
    /// A UUID.
    Id,
}

/// A column of a table, or a field of a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name, the same in every store.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Whether a value may be missing.
    pub optional: bool,
}

/// A table, or a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// Its name, the same in every store.
    pub name: &'static str,
    /// How many columns, counted from the first, form the primary key.
    pub key: usize,
    /// Its columns.
    pub columns: &'static [Column],
}

impl Table {
    /// The table with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        TABLES.iter().find(|table| table.name == name)
    }

    /// The place of a column.
    #[must_use]
    pub fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|it| it.name == column)
    }
}

/// One value of a row.
#[derive(Clone, PartialEq, Eq)]
pub enum Cell {
    /// No value.
    Absent,
    /// A whole number.
    Integer(i64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A UUID.
    Id(Uuid),
}

/// One row, with its cells in the order of the table's columns. It has no `Debug` because it can hold
/// openids.
#[derive(Clone, PartialEq, Eq)]
pub struct Row(pub Vec<Cell>);

/// A value that takes the place of another one.
pub struct Replacement {
    /// The key of the row.
    pub key: Vec<Cell>,
    /// The column.
    pub column: &'static str,
    /// The value that was read.
    pub from: Vec<u8>,
    /// The value that replaces it.
    pub to: Vec<u8>,
    /// The column of its keyed tag, and the tag.
    pub tag: Option<(&'static str, KeyedTag)>,
}

/// A page of rows.
pub struct Page {
    /// The rows.
    pub rows: Vec<Row>,
    /// The `after` of the next page, or `None` if this is the last one.
    pub next: Option<Vec<Cell>>,
}

const fn column(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, optional: false }
}

const fn optional(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, optional: true }
}

/// All tables of a deployment in the order in which they can be written, except the deployment's own
/// mark and the leases of tasks.
pub const TABLES: &[Table] = &[
    Table {
        name: "signing_keys",
        key: 1,
        columns: &[
            column("generation", Kind::Integer),
            column("kid", Kind::Text),
            column("private_key", Kind::Bytes),
            column("created_at", Kind::Integer),
            column("active_from", Kind::Integer),
            optional("revoked_at", Kind::Integer),
        ],
    },
    Table {
        name: "api_clients",
        key: 1,
        columns: &[
            column("id", Kind::Text),
            column("secret_hash", Kind::Bytes),
            optional("previous_secret_hash", Kind::Bytes),
            optional("previous_secret_until", Kind::Integer),
            column("scopes", Kind::Text),
            column("apps", Kind::Text),
            column("networks", Kind::Text),
            optional("expires_at", Kind::Integer),
            column("revision", Kind::Id),
            column("created_at", Kind::Integer),
        ],
    },
    Table {
        name: "users",
        key: 1,
        columns: &[
            column("id", Kind::Id),
            column("user_type", Kind::Integer),
            column("status", Kind::Integer),
            optional("nickname", Kind::Text),
            optional("avatar_url", Kind::Text),
            optional("legacy_id", Kind::Text),
            optional("phone", Kind::Bytes),
            optional("phone_tag", Kind::Bytes),
            optional("merged_into", Kind::Id),
            optional("erase_at", Kind::Integer),
            column("created_at", Kind::Integer),
            column("updated_at", Kind::Integer),
            column("last_login_at", Kind::Integer),
        ],
    },
    Table {
        name: "identities",
        key: 2,
        columns: &[
            column("app_id", Kind::Text),
            column("open_id", Kind::Text),
            column("user_id", Kind::Id),
            column("tombstone", Kind::Bytes),
            optional("union_id", Kind::Text),
            optional("session_key", Kind::Bytes),
            optional("session_key_tag", Kind::Bytes),
            optional("session_key_at", Kind::Integer),
            optional("previous_session_key", Kind::Bytes),
            optional("previous_session_key_until", Kind::Integer),
        ],
    },
    Table {
        name: "union_ids",
        key: 1,
        columns: &[
            column("union_id", Kind::Text),
            column("user_id", Kind::Id),
            column("tombstone", Kind::Bytes),
        ],
    },
    Table {
        name: "identity_conflicts",
        key: 3,
        columns: &[
            column("app_id", Kind::Text),
            column("open_id", Kind::Text),
            column("union_id", Kind::Text),
            column("id", Kind::Id),
            column("user_id", Kind::Id),
            optional("owner_id", Kind::Id),
            column("first_seen_at", Kind::Integer),
        ],
    },
    Table {
        name: "tombstones",
        key: 1,
        columns: &[
            column("tag", Kind::Bytes),
            optional("app_id", Kind::Text),
            column("user_id", Kind::Id),
            column("created_at", Kind::Integer),
        ],
    },
    Table {
        name: "sessions",
        key: 1,
        columns: &[
            column("id", Kind::Id),
            column("user_id", Kind::Id),
            column("app_id", Kind::Text),
            column("open_id", Kind::Text),
            optional("device", Kind::Text),
            column("generation", Kind::Integer),
            column("salt", Kind::Bytes),
            optional("replay_tag", Kind::Bytes),
            optional("replay_fingerprint", Kind::Bytes),
            column("created_at", Kind::Integer),
            column("last_used_at", Kind::Integer),
            column("expires_at", Kind::Integer),
            column("ends_at", Kind::Integer),
        ],
    },
    Table {
        name: "revocations",
        key: 1,
        columns: &[
            column("subject", Kind::Id),
            column("revoked_at", Kind::Integer),
            column("until", Kind::Integer),
        ],
    },
    Table {
        name: "audit_events",
        key: 1,
        columns: &[
            column("id", Kind::Id),
            column("at", Kind::Integer),
            column("action", Kind::Text),
            optional("user_id", Kind::Id),
            optional("client_id", Kind::Text),
            optional("app_id", Kind::Text),
            optional("session_id", Kind::Id),
            optional("actor", Kind::Text),
            optional("reason", Kind::Text),
            optional("number", Kind::Integer),
        ],
    },
];

/// Reads and writes the whole content of a store: to copy a stopped deployment to another database, and
/// to encrypt its secrets again.
///
/// - Inserted rows are read back with the same cells.
/// - Following `next` from the start returns every row of a table once.
/// - A replacement changes nothing if the value is another one by now, and a concurrent change of the row
///   is never overwritten.
/// - Leftovers of a crash that no other port shows are not returned.
#[async_trait]
pub trait Transfer: Send + Sync {
    /// Whether all tables are empty and no deployment is stored.
    async fn is_empty(&self) -> Result<bool, StoreError>;

    /// Returns the approximate number of rows in a table.
    async fn count(&self, table: &'static Table) -> Result<u64, StoreError>;

    /// Returns about `limit` rows of a table: the first ones, or those after `after`.
    async fn page(
        &self,
        table: &'static Table,
        after: Option<Vec<Cell>>,
        limit: u32,
    ) -> Result<Page, StoreError>;

    /// Inserts rows that do not exist yet. All tables that precede this one in [`TABLES`] are complete.
    async fn insert(&self, table: &'static Table, rows: Vec<Row>) -> Result<(), StoreError>;

    /// Replaces those of the values that are still what was read. Instances may run meanwhile.
    async fn replace(
        &self,
        table: &'static Table,
        replacements: Vec<Replacement>,
    ) -> Result<(), StoreError>;
}
