use std::time::Duration;

/// How a database is used.
#[derive(Debug, Clone, Copy)]
pub struct DatabaseSettings {
    /// Number of connections. With SQLite these read, and one more writes.
    pub connections: u32,
    /// How long a call waits for a connection or a lock before it fails.
    pub acquire_timeout: Duration,
    /// How long one statement may take.
    pub statement_timeout: Duration,
    /// Maximum number of logins in one transaction.
    pub logins_per_transaction: usize,
}

impl DatabaseSettings {
    /// The usual number of logins in one transaction. Its statements stay far below the servers'
    /// limits.
    pub const LOGINS_PER_TRANSACTION: usize = 128;
}
