use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use wxlogin_domain::model::Secret;

/// How long an answer that told nothing about the secrets is not asked for again.
const PAUSE: Duration = Duration::from_secs(10);

/// An app's one or two secrets, and which of them WeChat is believed to take.
///
/// While one replaces the other either may be right, and WeChat takes both for some minutes. A code
/// must not be used up to find out, so an access token is asked for with each, which costs nothing.
pub(crate) struct Secrets {
    first: Secret,
    second: Option<Secret>,
    belief: Mutex<Belief>,
    /// Held by whoever asks, so that the others wait for the answer and do not ask as well.
    pub(crate) asking: tokio::sync::Mutex<()>,
}

/// One of an app's secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    First,
    Second,
}

struct Belief {
    which: Which,
    /// Whether WeChat has taken it and has not refused it since.
    is_proven: bool,
    asked: Option<Instant>,
}

impl Secrets {
    pub(crate) fn new(first: Secret, second: Option<Secret>) -> Self {
        Self {
            first,
            second,
            belief: Mutex::new(Belief { which: Which::First, is_proven: false, asked: None }),
            asking: tokio::sync::Mutex::new(()),
        }
    }

    /// The one WeChat is believed to take.
    pub(crate) fn believed(&self) -> Which {
        self.belief().which
    }

    /// The one beside it, if there is one.
    pub(crate) fn other(&self, which: Which) -> Option<Which> {
        self.second.as_ref()?;
        Some(match which {
            Which::First => Which::Second,
            Which::Second => Which::First,
        })
    }

    pub(crate) fn get(&self, which: Which) -> &Secret {
        match which {
            Which::First => &self.first,
            Which::Second => self.second.as_ref().unwrap_or(&self.first),
        }
    }

    /// WeChat has taken this one.
    pub(crate) fn prove(&self, which: Which) {
        let mut belief = self.belief();
        belief.which = which;
        belief.is_proven = true;
    }

    /// WeChat has refused this one, so the other may be right.
    pub(crate) fn doubt(&self, which: Which) {
        if let Some(other) = self.other(which) {
            let mut belief = self.belief();
            if belief.which == which {
                belief.which = other;
                belief.is_proven = false;
            }
        }
    }

    /// Whether there are two, it is not known which is right, and WeChat was not asked just now.
    pub(crate) fn is_worth_asking(&self, now: Instant) -> bool {
        let belief = self.belief();
        let was_asked =
            belief.asked.is_some_and(|asked| now.saturating_duration_since(asked) < PAUSE);
        self.second.is_some() && !belief.is_proven && !was_asked
    }

    /// WeChat has been asked and has told nothing.
    pub(crate) fn leave_alone(&self, now: Instant) {
        self.belief().asked = Some(now);
    }

    fn belief(&self) -> MutexGuard<'_, Belief> {
        self.belief.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(second: Option<&str>) -> Secrets {
        Secrets::new(Secret::new("first"), second.map(Secret::new))
    }

    #[test]
    fn one_secret_is_never_asked_about() {
        let secrets = secrets(None);
        secrets.doubt(Which::First);
        assert_eq!(secrets.get(secrets.believed()).expose(), "first");
        assert_eq!(secrets.other(Which::First), None);
        assert!(!secrets.is_worth_asking(Instant::now()));
    }

    #[test]
    fn two_secrets_are_asked_about_until_one_is_proven() {
        let secrets = secrets(Some("second"));
        let now = Instant::now();
        assert!(secrets.is_worth_asking(now));
        secrets.prove(Which::Second);
        assert!(!secrets.is_worth_asking(now));
        assert_eq!(secrets.get(secrets.believed()).expose(), "second");
        secrets.doubt(Which::First);
        assert_eq!(secrets.believed(), Which::Second, "that one is not believed anyway");
        secrets.doubt(Which::Second);
        assert_eq!(secrets.believed(), Which::First);
        assert!(secrets.is_worth_asking(now));
        secrets.leave_alone(now);
        assert!(!secrets.is_worth_asking(now));
        assert!(secrets.is_worth_asking(now + PAUSE));
    }
}
