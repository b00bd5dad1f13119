use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicI64, Ordering};

use wxlogin_domain::testing::ManualClock;

use super::*;

const SECOND: Duration = Duration::from_secs(1);
const MILLISECOND: Duration = Duration::from_millis(1);

fn limiter(burst: u32, period: Duration) -> (MemoryRateLimiter, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::default());
    let burst = NonZeroU32::new(burst).unwrap();
    (MemoryRateLimiter::new(burst, period, clock.clone()), clock)
}

fn address(number: u32) -> ClientAddress {
    IpAddr::from(Ipv4Addr::from_bits(number)).into()
}

fn take(limiter: &MemoryRateLimiter, who: ClientAddress, times: u32) {
    for _ in 0..times {
        let _ = limiter.take(who);
    }
}

impl MemoryRateLimiter {
    /// Takes a permit and returns it.
    fn check(&self, who: ClientAddress) -> Result<(), RetryAfter> {
        self.take(who).map(|()| self.give_back(who))
    }
}

/// Takes all permits of the address, at most 1000. Returns how many.
fn permits(limiter: &MemoryRateLimiter, who: ClientAddress) -> usize {
    let granted = || limiter.take(who).ok();
    std::iter::from_fn(granted).take(1000).count()
}

#[test]
fn every_address_starts_with_a_burst() {
    for burst in [1, 2, 5, 100] {
        let (limiter, _) = limiter(burst, SECOND);
        assert_eq!(permits(&limiter, address(1)), burst as usize);
        assert_eq!(limiter.check(address(1)), Err(RetryAfter(SECOND)));
    }
}

#[test]
fn permits_are_regained_at_a_steady_rate() {
    let (limiter, clock) = limiter(3, SECOND);
    take(&limiter, address(1), 3);
    for _ in 0..5 {
        clock.advance(SECOND.saturating_sub(MILLISECOND));
        assert_eq!(limiter.check(address(1)), Err(RetryAfter(MILLISECOND)));
        clock.advance(MILLISECOND);
        assert_eq!(permits(&limiter, address(1)), 1);
    }
    clock.advance(2 * SECOND);
    assert_eq!(permits(&limiter, address(1)), 2);
    clock.advance(1000 * SECOND);
    assert_eq!(permits(&limiter, address(1)), 3, "never more than the burst");
}

#[test]
fn the_returned_wait_is_exact() {
    let (limiter, clock) = limiter(2, SECOND);
    take(&limiter, address(1), 1);
    clock.advance(300 * MILLISECOND);
    take(&limiter, address(1), 1);
    let Err(RetryAfter(wait)) = limiter.check(address(1)) else { panic!("a permit is left") };
    assert_eq!(wait, 700 * MILLISECOND);
    clock.advance(wait.saturating_sub(MILLISECOND));
    assert!(limiter.check(address(1)).is_err());
    clock.advance(MILLISECOND);
    assert!(limiter.check(address(1)).is_ok());
}

#[test]
fn a_returned_permit_can_be_taken_again() {
    let (limiter, _) = limiter(1, SECOND);
    for _ in 0..1000 {
        assert_eq!(limiter.check(address(1)), Ok(()));
    }
    take(&limiter, address(1), 1);
    for _ in 0..1000 {
        assert_eq!(limiter.check(address(1)), Err(RetryAfter(SECOND)));
    }
}

#[test]
fn a_rejected_call_takes_no_permit() {
    let (limiter, clock) = limiter(2, SECOND);
    take(&limiter, address(1), 1000);
    clock.advance(2 * SECOND);
    assert_eq!(permits(&limiter, address(1)), 2);
}

#[test]
fn returned_permits_do_not_exceed_the_burst() {
    let (limiter, _) = limiter(2, SECOND);
    for _ in 0..10 {
        limiter.give_back(address(1));
    }
    take(&limiter, address(1), 1);
    for _ in 0..10 {
        limiter.give_back(address(1));
    }
    assert_eq!(permits(&limiter, address(1)), 2);
}

#[test]
fn concurrent_calls_do_not_exceed_the_permits() {
    let (limiter, _) = limiter(10, SECOND);
    let granted = AtomicI64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..100 {
                    granted
                        .fetch_add(i64::from(limiter.take(address(1)).is_ok()), Ordering::SeqCst);
                }
            });
        }
    });
    assert_eq!(granted.into_inner(), 10);
}

#[test]
fn addresses_do_not_affect_each_other() {
    let (limiter, _) = limiter(2, SECOND);
    take(&limiter, address(1), 2);
    assert!(limiter.check(address(1)).is_err());
    assert_eq!(permits(&limiter, address(2)), 2);
}

#[test]
fn fractions_of_a_millisecond_do_not_reduce_the_burst() {
    for period in [Duration::ZERO, Duration::from_micros(1_900), Duration::from_micros(1)] {
        let (limiter, _) = limiter(100, period);
        assert_eq!(permits(&limiter, address(1)), 100, "{period:?}");
        assert_eq!(limiter.check(address(1)), Err(RetryAfter(MILLISECOND)), "{period:?}");
    }
}

#[test]
fn extreme_settings_do_not_overflow() {
    let (slow, clock) = limiter(1, Duration::MAX);
    let _ = slow.take(address(1));
    clock.advance(1000 * SECOND);
    assert!(slow.check(address(1)).is_err());

    let (generous, _) = limiter(u32::MAX, Duration::MAX);
    let _ = generous.take(address(1));
    assert!(generous.check(address(1)).is_ok());
}

struct SteppingClock(AtomicI64);

impl Clock for SteppingClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

#[test]
fn setting_the_clock_back_locks_no_address_out() {
    const DAY: i64 = 86_400_000;
    let clock = Arc::new(SteppingClock(AtomicI64::new(2 * DAY)));
    let burst = NonZeroU32::new(3).unwrap();
    let limiter = MemoryRateLimiter::new(burst, SECOND, clock.clone());
    take(&limiter, address(1), 3);
    for step in [-1, -1500, -DAY] {
        clock.0.fetch_add(step, Ordering::SeqCst);
        let Err(RetryAfter(wait)) = limiter.check(address(1)) else { panic!("a burst for free") };
        assert!(wait <= SECOND, "{wait:?}");
    }
    clock.0.fetch_add(3000, Ordering::SeqCst);
    assert_eq!(permits(&limiter, address(1)), 3);
}

fn stored(limiter: &MemoryRateLimiter) -> usize {
    limiter.recovery().len()
}

#[test]
fn addresses_with_all_permits_are_removed_first() {
    let (mut limiter, clock) = limiter(5, SECOND);
    limiter.max_addresses = 16;
    for number in 0..8 {
        let _ = limiter.take(address(number));
    }
    clock.advance(SECOND);
    for number in 8..16 {
        let _ = limiter.take(address(number));
    }
    assert_eq!(stored(&limiter), 16);
    let _ = limiter.take(address(16));
    assert_eq!(stored(&limiter), 9);
    assert_eq!(permits(&limiter, address(8)), 4, "still counted");
}

#[test]
fn addresses_nearest_to_recovery_are_removed_next() {
    let (mut limiter, _) = limiter(5, SECOND);
    limiter.max_addresses = 16;
    for number in 0..16 {
        take(&limiter, address(number), if number < 2 { 1 } else { 3 });
    }
    let _ = limiter.take(address(16));
    assert_eq!(stored(&limiter), 15);
    assert_eq!(permits(&limiter, address(2)), 2, "still counted");
    assert_eq!(permits(&limiter, address(15)), 2, "still counted");
    assert_eq!(permits(&limiter, address(0)), 5, "removed");
}

#[test]
fn entries_from_before_the_clock_was_set_back_expire() {
    let clock = Arc::new(SteppingClock(AtomicI64::new(86_400_000)));
    let mut limiter = MemoryRateLimiter::new(NonZeroU32::MIN, SECOND, clock.clone());
    limiter.max_addresses = 8;
    for number in 0..8 {
        let _ = limiter.take(address(number));
    }
    clock.0.store(0, Ordering::SeqCst);
    let _ = limiter.take(address(8));
    clock.0.store(1000, Ordering::SeqCst);
    let _ = limiter.take(address(9));
    assert_eq!(stored(&limiter), 1, "all the others have recovered");
}

#[test]
fn the_number_of_addresses_is_bounded() {
    for max_addresses in [1, 2, 3, 7, 8, 1000] {
        let (mut limiter, clock) = limiter(2, SECOND);
        limiter.max_addresses = max_addresses;
        for number in 0..5000 {
            let _ = limiter.take(address(number));
            assert!(limiter.recovery().contains_key(&address(number)));
            assert!(stored(&limiter) <= max_addresses);
            clock.advance(Duration::from_millis(u64::from(number % 3)));
        }
    }
}

#[test]
fn a_stored_address_removes_no_other() {
    let (mut limiter, _) = limiter(5, SECOND);
    limiter.max_addresses = 8;
    for number in 0..8 {
        let _ = limiter.take(address(number));
    }
    let _ = limiter.take(address(0));
    assert_eq!(stored(&limiter), 8);
}

#[test]
fn the_default_bound_is_100_000_addresses() {
    let (limiter, _) = limiter(2, SECOND);
    for number in (0..).take(MAX_ADDRESSES) {
        let _ = limiter.take(address(number));
    }
    assert_eq!(stored(&limiter), MAX_ADDRESSES);
    let _ = limiter.take(address(u32::MAX));
    assert!(stored(&limiter) < MAX_ADDRESSES);
}
