use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use wxlogin_domain::model::Secret;

/// How long to wait before probing again when a probe did not settle which secret is right.
const PROBE_INTERVAL: Duration = Duration::from_secs(10);

/// An app's secret, or two while one replaces the other, and which of them WeChat accepts.
///
/// During a rotation WeChat accepts both for some minutes, then only the new one. A code must not
/// be spent to find out which is right, so an access token is requested with each, which costs
/// nothing.
pub(crate) struct AppSecrets {
    first: Secret,
    second: Option<Secret>,
    preference: Mutex<Preference>,
    /// Held while probing, so that concurrent calls share one probe.
    pub(crate) probe_lock: tokio::sync::Mutex<()>,
}

/// One of an app's secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SecretSlot {
    First,
    Second,
}

/// The secret to use next.
struct Preference {
    slot: SecretSlot,
    /// Whether WeChat accepted it and has not refused it since.
    is_confirmed: bool,
    probed_at: Option<Instant>,
}

impl AppSecrets {
    pub(crate) fn new(first: Secret, second: Option<Secret>) -> Self {
        let preference =
            Preference { slot: SecretSlot::First, is_confirmed: false, probed_at: None };
        Self {
            first,
            second,
            preference: Mutex::new(preference),
            probe_lock: tokio::sync::Mutex::new(()),
        }
    }

    /// The secret to use next.
    pub(crate) fn preferred(&self) -> SecretSlot {
        self.preference().slot
    }

    /// The other secret, if there are two.
    pub(crate) fn other(&self, slot: SecretSlot) -> Option<SecretSlot> {
        self.second.as_ref()?;
        Some(match slot {
            SecretSlot::First => SecretSlot::Second,
            SecretSlot::Second => SecretSlot::First,
        })
    }

    pub(crate) fn get(&self, slot: SecretSlot) -> &Secret {
        match slot {
            SecretSlot::First => &self.first,
            SecretSlot::Second => self.second.as_ref().unwrap_or(&self.first),
        }
    }

    /// Notes that WeChat accepted this secret.
    pub(crate) fn accepted(&self, slot: SecretSlot) {
        let mut preference = self.preference();
        preference.slot = slot;
        preference.is_confirmed = true;
    }

    /// Notes that WeChat refused this secret, and prefers the other one from now on.
    pub(crate) fn refused(&self, slot: SecretSlot) {
        if let Some(other) = self.other(slot) {
            let mut preference = self.preference();
            if preference.slot == slot {
                preference.slot = other;
                preference.is_confirmed = false;
            }
        }
    }

    /// Whether to find out with an access token which of two secrets is right: neither is
    /// confirmed, and the last probe is long enough ago.
    pub(crate) fn needs_probe(&self, now: Instant) -> bool {
        let preference = self.preference();
        let was_probed = preference
            .probed_at
            .is_some_and(|at| now.saturating_duration_since(at) < PROBE_INTERVAL);
        self.second.is_some() && !preference.is_confirmed && !was_probed
    }

    /// Notes that a probe was made, whatever came of it.
    pub(crate) fn probed(&self, now: Instant) {
        self.preference().probed_at = Some(now);
    }

    fn preference(&self) -> MutexGuard<'_, Preference> {
        self.preference.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(second: Option<&str>) -> AppSecrets {
        AppSecrets::new(Secret::new("first"), second.map(Secret::new))
    }

    #[test]
    fn a_single_secret_is_never_probed() {
        let secrets = secrets(None);
        secrets.refused(SecretSlot::First);
        assert_eq!(secrets.get(secrets.preferred()).expose(), "first");
        assert_eq!(secrets.other(SecretSlot::First), None);
        assert!(!secrets.needs_probe(Instant::now()));
    }

    #[test]
    fn two_secrets_are_probed_until_one_is_confirmed() {
        let secrets = secrets(Some("second"));
        let now = Instant::now();
        assert!(secrets.needs_probe(now));
        secrets.accepted(SecretSlot::Second);
        assert!(!secrets.needs_probe(now));
        assert_eq!(secrets.get(secrets.preferred()).expose(), "second");
        secrets.refused(SecretSlot::First);
        assert_eq!(secrets.preferred(), SecretSlot::Second, "the refused one was not preferred");
        secrets.refused(SecretSlot::Second);
        assert_eq!(secrets.preferred(), SecretSlot::First);
        assert!(secrets.needs_probe(now));
        secrets.probed(now);
        assert!(!secrets.needs_probe(now));
        assert!(secrets.needs_probe(now + PROBE_INTERVAL));
    }
}
