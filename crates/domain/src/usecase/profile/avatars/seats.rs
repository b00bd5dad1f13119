use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::model::UserId;

/// How many upload at once. Each upload is in memory twice while it is read.
const SEATS: usize = 16;

/// Who is uploading: not too many, and each of them one picture at a time.
#[derive(Clone, Default)]
pub(super) struct Seats(Arc<Mutex<HashSet<UserId>>>);

/// Somebody's seat, until it is dropped.
pub(super) struct Seat {
    seats: Seats,
    user_id: UserId,
}

impl Seats {
    /// A seat, if one is free and the user has none.
    pub(super) fn take(&self, user_id: UserId) -> Option<Seat> {
        let mut taken = self.lock();
        let is_free = taken.len() < SEATS && taken.insert(user_id);
        is_free.then(|| Seat { seats: self.clone(), user_id })
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<UserId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.lock().remove(&self.user_id);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_user_has_one_seat_and_there_are_not_many() {
        let seats = Seats::default();
        let user = |number| UserId::from_uuid(Uuid::from_u128(number));
        let mut taken = (0..16).map(|number| seats.take(user(number)).unwrap()).collect::<Vec<_>>();
        assert!(seats.take(user(16)).is_none());
        drop(taken.pop());
        assert!(seats.take(user(0)).is_none(), "the user has one");
        let seat = seats.take(user(16)).unwrap();
        drop(seat);
        assert!(seats.take(user(15)).is_some());
    }
}
