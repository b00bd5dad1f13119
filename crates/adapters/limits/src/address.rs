use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use wxlogin_domain::model::ClientAddress;
use wxlogin_domain::ports::{Clock, RateLimiter, RetryAfter};

use crate::memory::MemoryRateLimiter;

/// A [`RateLimiter`] that also limits the /48 networks of IPv6 addresses: somebody who has a whole one
/// could otherwise use 65,536 addresses in turn.
pub struct AddressLimiter {
    addresses: MemoryRateLimiter,
    sites: MemoryRateLimiter,
}

impl AddressLimiter {
    /// Gives every address this many permits per minute, and every /48 network `site_factor` times as
    /// many.
    #[must_use]
    pub fn per_minute(
        permits: NonZeroU32,
        site_factor: NonZeroU32,
        clock: &Arc<dyn Clock>,
    ) -> Self {
        let limiter = |permits: NonZeroU32| {
            MemoryRateLimiter::new(permits, Duration::from_mins(1) / permits.get(), clock.clone())
        };
        let of_site = permits.saturating_mul(site_factor);
        Self { addresses: limiter(permits), sites: limiter(of_site) }
    }
}

impl RateLimiter for AddressLimiter {
    fn take(&self, address: ClientAddress) -> Result<(), RetryAfter> {
        self.addresses.take(address)?;
        let site = address.site().map_or(Ok(()), |site| self.sites.take(site));
        site.inspect_err(|_| self.addresses.give_back(address))
    }

    fn give_back(&self, address: ClientAddress) {
        self.addresses.give_back(address);
        if let Some(site) = address.site() {
            self.sites.give_back(site);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use wxlogin_domain::testing::ManualClock;

    use super::*;

    fn limiter(permits: u32, site_factor: u32) -> AddressLimiter {
        let number = |number| NonZeroU32::new(number).unwrap();
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::default());
        AddressLimiter::per_minute(number(permits), number(site_factor), &clock)
    }

    fn of(text: &str) -> ClientAddress {
        text.parse::<IpAddr>().unwrap().into()
    }

    fn network(number: u16) -> ClientAddress {
        of(&format!("2001:db8:1:{number:x}::1"))
    }

    #[test]
    fn one_network_of_64_bits_is_one_address() {
        let limiter = limiter(2, 10);
        assert!(limiter.take(of("2001:db8:1:2::1")).is_ok());
        assert!(limiter.take(of("2001:db8:1:2::2")).is_ok());
        assert!(limiter.take(of("2001:db8:1:2:3::3")).is_err());
        assert!(limiter.take(of("2001:db8:1:3::1")).is_ok());
    }

    #[test]
    fn networks_of_one_site_share_a_larger_limit() {
        let limiter = limiter(2, 10);
        let granted = (0..1000).filter(|number| limiter.take(network(*number)).is_ok()).count();
        assert_eq!(granted, 20);
        assert!(limiter.take(of("2001:db8:2::1")).is_ok(), "another site");
        assert!(limiter.take(of("192.0.2.7")).is_ok());
        for _ in 0..5 {
            limiter.give_back(network(0));
            assert!(limiter.take(network(1000)).is_ok(), "a permit of the site came back");
            limiter.give_back(network(1000));
            assert!(limiter.take(network(0)).is_ok(), "a refusal by the site takes no permit");
        }
    }
}
