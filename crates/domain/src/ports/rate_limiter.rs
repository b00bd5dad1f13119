use std::time::Duration;

use crate::model::ClientAddress;

/// How long to wait before the next try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryAfter(pub Duration);

/// Who may call how often.
///
/// - Every address starts with a burst of permits, and gets them back at a steady rate.
/// - `take` takes one permit if there is one left. Of calls at once no more succeed than there are
///   permits.
/// - `give_back` undoes one `take`; an address never has more than its burst.
/// - Addresses do not influence each other.
pub trait RateLimiter: Send + Sync {
    /// Takes one permit from the address, or says when it will have one.
    fn take(&self, address: ClientAddress) -> Result<(), RetryAfter>;

    /// Gives the address a permit back that it did not use up after all.
    fn give_back(&self, address: ClientAddress);
}
