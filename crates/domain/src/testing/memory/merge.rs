use super::{Loser, Tables};
use crate::model::{User, UserId, UserStatus};
use crate::ports::{
    Clearing, Erasure, ErasureStep, IdentityErasure, Merge, MergeOutcome, NewPhone, PhoneOutcome,
};

impl Tables {
    pub(super) fn set_phone(&mut self, new: NewPhone) -> PhoneOutcome {
        let has_it = |user: &&User| user.phone.as_ref().is_some_and(|it| it.tag == new.phone.tag);
        if self.users.values().find(has_it).is_some_and(|user| user.id != new.user_id) {
            return PhoneOutcome::Taken;
        }
        let Some(user) = self.users.get_mut(&new.user_id) else { return PhoneOutcome::Gone };
        if user.erase_at.is_some() || user.status == UserStatus::Disabled {
            return PhoneOutcome::Gone;
        }
        user.phone = Some(new.phone);
        user.updated_at = user.updated_at.max(new.now);
        PhoneOutcome::Stored(user.clone())
    }

    pub(super) fn clear(&mut self, clearing: Clearing) -> Option<User> {
        let user = self.users.get_mut(&clearing.user_id)?;
        let before = user.clone();
        user.nickname.take_if(|_| clearing.nickname);
        user.avatar_url.take_if(|_| clearing.avatar_url);
        user.phone.take_if(|_| clearing.phone);
        if *user == before {
            return None;
        }
        user.updated_at = user.updated_at.max(clearing.event.at);
        let cleared = user.clone();
        self.write_events([clearing.event]);
        Some(cleared)
    }

    pub(super) fn merge(&mut self, merge: Merge) -> MergeOutcome {
        let (winner_id, loser_id) = (merge.winner, merge.loser);
        let (Some(winner), Some(loser)) = (self.users.get(&winner_id), self.users.get(&loser_id))
        else {
            return MergeOutcome::NotTwo;
        };
        if winner_id == loser_id {
            return MergeOutcome::NotTwo;
        }
        let wanted = loser.phone.as_ref().filter(|_| winner.phone.is_none()).map(|phone| phone.tag);
        if merge.phone.as_ref().map(|phone| phone.tag) != wanted {
            return MergeOutcome::Moved;
        }
        let mut user = winner.clone();
        let mut left = loser.clone();
        user.nickname = user.nickname.or(left.nickname.take());
        user.avatar_url = user.avatar_url.or(left.avatar_url.take());
        user.phone = user.phone.or(merge.phone);
        if user.legacy_id.is_none() {
            user.legacy_id = left.legacy_id.take();
        }
        user.created_at = user.created_at.min(left.created_at);
        user.last_login_at = user.last_login_at.max(left.last_login_at);
        user.updated_at = merge.event.at;
        user.erase_at = None;
        if left.status == UserStatus::Disabled {
            user.status = UserStatus::Disabled;
        }
        (left.nickname, left.avatar_url, left.phone, left.erase_at) = (None, None, None, None);
        left.status = user.status;
        left.updated_at = merge.event.at;
        self.move_to(loser_id, winner_id);
        self.users.insert(winner_id, user.clone());
        self.users.remove(&loser_id);
        self.merged.insert(loser_id, Loser { left, winner: winner_id });
        self.revoke([loser_id], merge.tokens_until);
        if user.status == UserStatus::Disabled {
            let sessions = self.sessions_of(winner_id);
            self.revoke(sessions, merge.tokens_until);
        }
        self.write_events([merge.event, merge.loser_event]);
        MergeOutcome::Merged(user)
    }

    fn move_to(&mut self, loser: UserId, winner: UserId) {
        for identity in self.identities.values_mut().filter(|own| own.user_id == loser) {
            identity.user_id = winner;
        }
        for owner in self.union_ids.values_mut().filter(|own| own.user_id == loser) {
            owner.user_id = winner;
        }
        for stored in self.sessions.values_mut().filter(|own| own.session.user_id == loser) {
            stored.session.user_id = winner;
        }
        for tombstone in self.tombstones.values_mut().filter(|own| own.user_id == loser) {
            tombstone.user_id = winner;
        }
        let them = [Some(loser), Some(winner)];
        self.conflicts.retain(|conflict| {
            !(them.contains(&Some(conflict.user_id)) && them.contains(&conflict.owner))
        });
        for conflict in &mut self.conflicts {
            if conflict.user_id == loser {
                conflict.user_id = winner;
            }
            if conflict.owner == Some(loser) {
                conflict.owner = Some(winner);
            }
        }
    }

    pub(super) fn erase_identity(&mut self, erasure: IdentityErasure) -> Option<UserId> {
        let user_id = self.identities.get(&erasure.identity)?.user_id;
        let mut event = erasure.event;
        event.user_id = user_id;
        let others = self.identities.iter().filter(|(key, _)| **key != erasure.identity);
        if others.filter(|(_, other)| other.user_id == user_id).count() == 0 {
            let step = ErasureStep::Complete;
            let tokens_until = erasure.tokens_until;
            self.erase(Erasure { user_id, step, tokens_until, event });
            return Some(user_id);
        }
        let removed = self.identities.remove(&erasure.identity)?;
        if self.is_disabled(user_id) {
            let tombstone = super::Tombstone { user_id, created_at: event.at };
            self.tombstones.insert(removed.tombstone, tombstone);
        }
        self.conflicts.retain(|conflict| conflict.identity != erasure.identity);
        let through = self.sessions.values().map(|stored| &stored.session).filter(|session| {
            session.app_id == erasure.identity.app_id && session.open_id == erasure.identity.open_id
        });
        let through = through.map(|session| session.id).collect::<Vec<_>>();
        for id in &through {
            self.sessions.remove(id);
        }
        self.revoke(through, erasure.tokens_until);
        self.write_events([event]);
        Some(user_id)
    }
}
