//! Revoked subjects in little memory.

use crate::model::{Revoked, Timestamp};

/// A set of revoked subjects, each with the time until which it is kept. An entry takes some 20
/// bytes: sorted lists that grow by an eighth, not a hash table that doubles.
pub(super) struct RevokedSet {
    buckets: Vec<Vec<Entry>>,
    /// The next bucket to be swept.
    next: usize,
}

/// A subject in four parts, because a `u128` would be padded to 32 bytes, and the seconds of its end.
#[derive(Clone, Copy)]
struct Entry {
    subject: [u32; 4],
    until: u32,
}

/// How many lists there are. With ten million entries each has 2,500, of which half is moved for a
/// new one.
const BUCKETS: usize = 4096;

/// How many lists each sweep looks through: all of them in 64 sweeps.
const SWEPT: usize = BUCKETS / 64;

impl Default for RevokedSet {
    fn default() -> Self {
        Self { buckets: vec![Vec::new(); BUCKETS], next: 0 }
    }
}

impl RevokedSet {
    /// Adds a subject, or replaces its end.
    pub(super) fn insert(&mut self, subject: Revoked, until: Timestamp) {
        let subject = parts(subject);
        let bucket = &mut self.buckets[bucket_of(subject)];
        // Rounded up: an entry that stays for a second too long does no harm.
        let until = u32::try_from(until.as_seconds() + 1).unwrap_or(u32::MAX);
        match bucket.binary_search_by_key(&subject, |entry| entry.subject) {
            Ok(at) => bucket[at].until = until,
            Err(at) => {
                if bucket.len() == bucket.capacity() {
                    bucket.reserve_exact(bucket.len() / 8 + 1);
                }
                bucket.insert(at, Entry { subject, until });
            }
        }
    }

    /// Whether the subject is in the set.
    pub(super) fn contains(&self, subject: Revoked) -> bool {
        let subject = parts(subject);
        let bucket = &self.buckets[bucket_of(subject)];
        bucket.binary_search_by_key(&subject, |entry| entry.subject).is_ok()
    }

    /// Removes what has ended from some of the lists. Called once a second, it has been through all
    /// of them after a minute.
    pub(super) fn sweep(&mut self, now: Timestamp) {
        let now = now.as_seconds();
        for bucket in self.buckets.iter_mut().skip(self.next).take(SWEPT) {
            bucket.retain(|entry| now < i64::from(entry.until));
            if bucket.len() < bucket.capacity() / 2 {
                bucket.shrink_to_fit();
            }
        }
        self.next = (self.next + SWEPT) % BUCKETS;
    }
}

fn parts(subject: Revoked) -> [u32; 4] {
    let bits = subject.as_uuid().as_u128().to_be_bytes();
    let part = |at: usize| u32::from_be_bytes([bits[at], bits[at + 1], bits[at + 2], bits[at + 3]]);
    [part(0), part(4), part(8), part(12)]
}

/// The end of an id is random; its beginning is a time.
fn bucket_of(subject: [u32; 4]) -> usize {
    usize::try_from(subject[3]).unwrap_or_default() % BUCKETS
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use uuid::Uuid;

    use super::*;

    /// Ids with the given time, and random bits from a fixed sequence.
    fn ids(count: u64) -> impl Iterator<Item = Revoked> {
        let mut state = 1_u64;
        (0..count).map(move |number| {
            let mut random = [0; 10];
            for byte in random.chunks_mut(8) {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(number | 1);
                byte.copy_from_slice(&state.to_be_bytes()[..byte.len()]);
            }
            let random = uuid::Builder::from_unix_timestamp_millis(1_767_225_600_000, &random);
            Revoked::from_uuid(random.into_uuid())
        })
    }

    #[test]
    fn a_million_revocations_take_less_than_40_bytes_each() {
        let mut set = RevokedSet::default();
        for id in ids(1_000_000) {
            set.insert(id, Timestamp::from_seconds(1_800_000_000));
        }
        assert!(ids(1_000_000).all(|id| set.contains(id)));
        assert_eq!(set.buckets.iter().map(Vec::len).sum::<usize>(), 1_000_000);
        let lists = set.buckets.capacity() * size_of::<Vec<Entry>>();
        let entries = set.buckets.iter().map(Vec::capacity).sum::<usize>() * size_of::<Entry>();
        let each = (lists + entries) / 1_000_000;
        assert!(each <= 40, "{each} bytes each");
    }

    #[test]
    fn what_has_ended_is_removed_within_64_sweeps() {
        let mut set = RevokedSet::default();
        let end = Timestamp::from_seconds(1_800_000_000);
        for (number, id) in ids(10_000).enumerate() {
            set.insert(id, if number % 2 == 0 { end } else { end.plus(Duration::from_mins(1)) });
        }
        for _ in 0..64 {
            set.sweep(end.plus(Duration::from_secs(1)));
        }
        for (number, id) in ids(10_000).enumerate() {
            assert_eq!(set.contains(id), number % 2 == 1);
        }
        assert!(!set.contains(Revoked::from_uuid(Uuid::max())));
    }
}
