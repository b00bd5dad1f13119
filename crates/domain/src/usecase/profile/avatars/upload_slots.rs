use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::model::UserId;

/// How many uploads may run at once. Each is in memory twice while it is read.
const SLOTS: usize = 16;

/// Limits concurrent uploads, in total and to one per user.
#[derive(Clone, Default)]
pub(super) struct UploadSlots(Arc<Mutex<HashSet<UserId>>>);

/// One user's upload; dropping it frees the slot.
pub(super) struct UploadSlot {
    slots: UploadSlots,
    user_id: UserId,
}

impl UploadSlots {
    /// Returns a slot if one is free and the user has none.
    pub(super) fn take(&self, user_id: UserId) -> Option<UploadSlot> {
        let mut taken = self.lock();
        let is_free = taken.len() < SLOTS && taken.insert(user_id);
        is_free.then(|| UploadSlot { slots: self.clone(), user_id })
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<UserId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for UploadSlot {
    fn drop(&mut self) {
        self.slots.lock().remove(&self.user_id);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_user_has_one_slot_and_the_total_is_limited() {
        let slots = UploadSlots::default();
        let user = |number| UserId::from_uuid(Uuid::from_u128(number));
        let mut taken = (0..16).map(|number| slots.take(user(number)).unwrap()).collect::<Vec<_>>();
        assert!(slots.take(user(16)).is_none());
        drop(taken.pop());
        assert!(slots.take(user(0)).is_none(), "the user has one");
        let slot = slots.take(user(16)).unwrap();
        drop(slot);
        assert!(slots.take(user(15)).is_some());
    }
}
