use crate::model::Timestamp;

/// The only source of time.
///
/// It can jump forwards or backwards when the system clock is set, so callers must not rely on it being
/// monotonic.
pub trait Clock: Send + Sync {
    /// Returns the current time.
    fn now(&self) -> Timestamp;
}
