use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::model::ClientId;

/// How long an unknown id is remembered. It does not matter once the clients were read again.
const REMEMBERED: Duration = Duration::from_secs(10);

/// How many unknown ids are remembered at once, in less than 2 MB.
const CAPACITY: usize = 10_000;

/// Remembers ids that no API client has, so that a misconfigured back end causes no reads.
#[derive(Default)]
pub(super) struct UnknownClients(Mutex<HashMap<ClientId, Instant>>);

impl UnknownClients {
    /// Whether the id was unknown a short time ago.
    pub(super) fn contains(&self, id: &ClientId, now: Instant) -> bool {
        self.ids().get(id).is_some_and(|since| is_recent(*since, now))
    }

    /// Remembers an unknown id, if there is room.
    pub(super) fn note(&self, id: ClientId, now: Instant) {
        let mut ids = self.ids();
        if ids.len() >= CAPACITY {
            ids.retain(|_, since| is_recent(*since, now));
        }
        if ids.len() < CAPACITY {
            ids.insert(id, now);
        }
    }

    /// Forgets an id that a client has got.
    pub(super) fn forget(&self, id: &ClientId) {
        self.ids().remove(id);
    }

    fn ids(&self) -> MutexGuard<'_, HashMap<ClientId, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_recent(since: Instant, now: Instant) -> bool {
    now.saturating_duration_since(since) < REMEMBERED
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> ClientId {
        ClientId::parse(&format!("client{number}")).unwrap()
    }

    #[test]
    fn ids_are_remembered_briefly_and_in_bounded_memory() {
        let (unknown, start) = (UnknownClients::default(), Instant::now());
        for number in 0..2 * CAPACITY {
            unknown.note(id(number), start);
        }
        assert_eq!(unknown.ids().len(), CAPACITY);
        let later = start + REMEMBERED;
        assert!(unknown.contains(&id(0), start + Duration::from_millis(9_999)));
        assert!(!unknown.contains(&id(0), later));
        unknown.note(id(2 * CAPACITY), later);
        assert!(unknown.contains(&id(2 * CAPACITY), later), "old ones make room");
        unknown.forget(&id(2 * CAPACITY));
        assert!(!unknown.contains(&id(2 * CAPACITY), later));
    }
}
