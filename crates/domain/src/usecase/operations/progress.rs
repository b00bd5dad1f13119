/// Receives the progress of a long operation.
pub trait Progress: Send + Sync {
    /// A step begins; `rows` is about how many rows it has.
    fn begin(&self, what: &str, rows: u64);

    /// More rows are done.
    fn advance(&self, rows: u64);
}
