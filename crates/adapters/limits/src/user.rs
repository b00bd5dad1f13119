use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};

use governor::clock::{Clock, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use wxlogin_domain::ports::{CallLimiter, Caller, LimitedCall, RetryAfter};

/// How many callers of one kind may be stored before those that have all their permits are removed.
const MANY_CALLERS: usize = 10_000;

/// How often each user may make costly calls in an app, per minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallQuotas {
    /// Bind a phone number.
    pub phone_bindings: NonZeroU32,
    /// Ask whether the session key is valid.
    pub session_key_checks: NonZeroU32,
    /// Decrypt or verify open data.
    pub open_data: NonZeroU32,
    /// Upload an avatar.
    pub avatar_uploads: NonZeroU32,
    /// Change the profile.
    pub profile_changes: NonZeroU32,
    /// Refresh, for each session.
    pub refreshes: NonZeroU32,
}

/// A [`CallLimiter`] for one process.
pub struct UserLimiter<C: Clock = MonotonicClock> {
    phone_bindings: Limiter<C>,
    session_key_checks: Limiter<C>,
    open_data: Limiter<C>,
    avatar_uploads: Limiter<C>,
    profile_changes: Limiter<C>,
    refreshes: Limiter<C>,
}

/// Limits one kind of call.
struct Limiter<C: Clock> {
    rates: RateLimiter<Caller, HashMapStateStore<Caller>, C, NoOpMiddleware<C::Instant>>,
    /// How many callers may be stored before the next removal.
    room: AtomicUsize,
}

impl UserLimiter {
    /// Gives every caller a minute's permits to begin with.
    #[must_use]
    pub fn new(quotas: CallQuotas) -> Self {
        Self::with_clock(quotas, &MonotonicClock)
    }
}

impl<C: Clock + Clone> UserLimiter<C> {
    fn with_clock(quotas: CallQuotas, clock: &C) -> Self {
        let limiter = |per_minute| {
            let quota = Quota::per_minute(per_minute);
            let rates = RateLimiter::hashmap_with_clock(quota, clock.clone());
            Limiter { rates, room: MANY_CALLERS.into() }
        };
        Self {
            phone_bindings: limiter(quotas.phone_bindings),
            session_key_checks: limiter(quotas.session_key_checks),
            open_data: limiter(quotas.open_data),
            avatar_uploads: limiter(quotas.avatar_uploads),
            profile_changes: limiter(quotas.profile_changes),
            refreshes: limiter(quotas.refreshes),
        }
    }

    fn of(&self, call: LimitedCall) -> &Limiter<C> {
        match call {
            LimitedCall::PhoneBinding => &self.phone_bindings,
            LimitedCall::SessionKeyCheck => &self.session_key_checks,
            LimitedCall::OpenData => &self.open_data,
            LimitedCall::AvatarUpload => &self.avatar_uploads,
            LimitedCall::ProfileChange => &self.profile_changes,
            LimitedCall::Refresh => &self.refreshes,
        }
    }
}

impl<C: Clock + Clone + Send + Sync> CallLimiter for UserLimiter<C>
where
    C::Instant: Send + Sync,
{
    fn take(&self, call: LimitedCall, caller: Caller) -> Result<(), RetryAfter> {
        let Limiter { rates, room } = self.of(call);
        if rates.len() >= room.load(Ordering::Relaxed) {
            rates.retain_recent();
            // Twice as many, so that a removal is rare even if all of them are needed.
            room.store(MANY_CALLERS.max(2 * rates.len()), Ordering::Relaxed);
        }
        let now = rates.clock().now();
        rates.check_key(&caller).map_err(|until| RetryAfter(until.wait_time_from(now)))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;
    use wxlogin_domain::model::{AppId, SessionId, UserId};

    use super::*;

    const CALLS: [LimitedCall; 6] = [
        LimitedCall::PhoneBinding,
        LimitedCall::SessionKeyCheck,
        LimitedCall::OpenData,
        LimitedCall::AvatarUpload,
        LimitedCall::ProfileChange,
        LimitedCall::Refresh,
    ];

    fn limiter() -> (UserLimiter<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        let number = |number| NonZeroU32::new(number).unwrap();
        let quotas = CallQuotas {
            phone_bindings: number(1),
            session_key_checks: number(2),
            open_data: number(3),
            avatar_uploads: number(4),
            profile_changes: number(5),
            refreshes: number(6),
        };
        (UserLimiter::with_clock(quotas, &clock), clock)
    }

    fn user(number: u128, app: u8) -> Caller {
        let app_id = AppId::parse(&format!("wxdev000000000000{app}")).unwrap();
        Caller::User(UserId::from_uuid(uuid(number)), app_id)
    }

    fn uuid(number: u128) -> uuid::Uuid {
        uuid::Uuid::from_u128(number)
    }

    /// Takes all permits. Returns how many.
    fn permits(limiter: &impl CallLimiter, call: LimitedCall, caller: &Caller) -> usize {
        (0..1000).filter(|_| limiter.take(call, caller.clone()).is_ok()).count()
    }

    #[test]
    fn each_user_has_a_quota_for_each_call_in_each_app() {
        let (limiter, _) = limiter();
        let session = Caller::Session(SessionId::from_uuid(uuid(1)));
        for caller in [user(1, 1), user(2, 1), user(1, 2), session] {
            for (call, quota) in CALLS.into_iter().zip(1..) {
                assert_eq!(permits(&limiter, call, &caller), quota, "{call:?} of {caller:?}");
            }
        }
    }

    #[test]
    fn the_returned_wait_is_exact() {
        let (limiter, clock) = limiter();
        let caller = user(1, 1);
        assert_eq!(permits(&limiter, LimitedCall::OpenData, &caller), 3);
        clock.advance(Duration::from_secs(5));
        let refused = limiter.take(LimitedCall::OpenData, caller.clone());
        assert_eq!(refused, Err(RetryAfter(Duration::from_secs(15))));
        clock.advance(Duration::from_secs(15));
        assert_eq!(permits(&limiter, LimitedCall::OpenData, &caller), 1);
        clock.advance(Duration::from_mins(10));
        assert_eq!(permits(&limiter, LimitedCall::OpenData, &caller), 3);
    }

    #[test]
    fn callers_with_all_their_permits_are_forgotten() {
        let (limiter, clock) = limiter();
        for number in 0..3 * MANY_CALLERS as u128 {
            assert!(limiter.take(LimitedCall::Refresh, user(number, 1)).is_ok());
            if number % 1000 == 0 {
                clock.advance(Duration::from_secs(10));
            }
        }
        assert!(limiter.of(LimitedCall::Refresh).rates.len() <= MANY_CALLERS);
    }
}
