/// A store operation failed.
///
/// The adapter writes the texts. They never repeat a driver's message, because that can contain values:
/// a duplicate-key message contains the openid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, is busy, or does not answer in time. A retry can succeed.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The database returned something that this version does not expect. A retry does not help.
    #[error("unexpected response from the database: {0}")]
    Unexpected(String),
}
