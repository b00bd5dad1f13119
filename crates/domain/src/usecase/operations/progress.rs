/// Hears how far a long piece of work has come.
pub trait Progress: Send + Sync {
    /// Work on this begins; it has so many rows, about.
    fn begin(&self, what: &str, rows: u64);

    /// So many more rows are done.
    fn advance(&self, rows: u64);
}
