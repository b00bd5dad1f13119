use crate::model::Timestamp;

/// The only source of time.
///
/// It may step back or leap when the machine's clock is set; nothing may rely on its rising.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}
