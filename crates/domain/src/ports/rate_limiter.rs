use std::time::Duration;

use crate::model::ClientAddress;

/// There were too many calls. Says how long to wait before a retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many calls")]
pub struct RetryAfter(pub Duration);

/// Limits the rate of calls per client address.
///
/// - Every address starts with a burst of permits and regains them at a steady rate.
/// - `take` takes one permit if one is left. No more concurrent calls succeed than there are permits.
/// - `give_back` returns one permit. An address never has more permits than its burst.
/// - Addresses do not affect each other, except that those of one IPv6 site (/48) together have a
///   limited number of permits, too.
pub trait RateLimiter: Send + Sync {
    /// Takes one permit of the address, or returns how long to wait for one.
    fn take(&self, address: ClientAddress) -> Result<(), RetryAfter>;

    /// Returns a permit that the address did not use.
    fn give_back(&self, address: ClientAddress);
}
