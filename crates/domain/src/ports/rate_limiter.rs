use std::time::Duration;

use crate::model::ClientAddress;

/// How long to wait before the next try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryAfter(pub Duration);

/// Who may call how often.
///
/// - Every address starts with a burst of permits, and gets them back at a steady rate.
/// - `check` takes nothing: as long as an address has a permit left it is `Ok`.
/// - `take` takes one permit if there is one left.
/// - Addresses do not influence each other.
pub trait RateLimiter: Send + Sync {
    /// Whether the address has a permit left, and if not, when it will have one.
    fn check(&self, address: ClientAddress) -> Result<(), RetryAfter>;

    /// Takes one permit from the address.
    fn take(&self, address: ClientAddress);
}
