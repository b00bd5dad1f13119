//! Making two users one.

use super::{Command, Inconsistent, Keys, TokensUntil, UnitOfWork};
use crate::model::{AuditEvent, SealedPhone, User, UserId, UserStatus, VisibleApps};

/// Two users who are one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// The user who goes on.
    pub winner: UserId,
    /// The user who is the winner from then on.
    pub loser: UserId,
    /// Where the winner must have an identity and the loser must have all; otherwise there is no such
    /// user.
    pub apps: VisibleApps,
    /// The loser's phone number, sealed for the winner's row, if the winner has none and gets it.
    pub phone: Option<SealedPhone>,
    /// When access tokens that were issued before this have expired by themselves.
    pub tokens_until: TokensUntil,
    /// What the audit log will say about the winner. Its time is when it happens.
    pub event: AuditEvent,
    /// What the audit log will say about the loser.
    pub loser_event: AuditEvent,
}

/// What became of a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MergeOutcome {
    /// They are one user, as stored now.
    Merged(User),
    /// The loser's phone number is another one than `phone` was made from, or the winner has got one:
    /// nothing was written.
    Moved,
    /// One of them is not there or not visible, or both are the same. Nothing was written.
    NotTwo,
}

impl Command for Merge {
    type Outcome = MergeOutcome;

    fn keys(&self, unit: &UnitOfWork) -> Keys {
        let (winner, loser) = (self.winner, self.loser);
        let mut keys = Keys {
            identities_of: [loser].into(),
            union_ids_of: [loser].into(),
            users: [winner, loser].into(),
            tombstones_of: [loser].into(),
            conflicts_of: [winner, loser].into(),
            session_lists: [(winner, 0), (loser, 0)].into(),
            ..Keys::default()
        };
        keys.add_visibility(&[winner], &self.apps);
        if unit.current_id(loser) != loser {
            keys.events.insert(self.event.id);
        }
        keys
    }

    /// - The winner has the identities, unionids, sessions and tombstones of both.
    /// - What the winner's profile lacks comes from the loser: nickname, avatar, old id, phone number.
    /// - The stricter status wins; when one of them is banned, every session is revoked.
    /// - The loser's access tokens are revoked; refresh tokens of both keep working.
    /// - Conflicts between the two are settled; an erasure of one of them is called off.
    fn apply(&self, unit: &mut UnitOfWork) -> Result<MergeOutcome, Inconsistent> {
        let (winner_id, loser_id) = (self.winner, self.loser);
        let Some(winner) = unit.user(winner_id).filter(|_| winner_id != loser_id) else {
            return Ok(MergeOutcome::NotTwo);
        };
        let Some(loser) = unit.user(loser_id) else {
            let is_repetition = unit.written_events.contains_key(&self.event.id)
                && unit.current_id(loser_id) == winner_id;
            let merged = is_repetition.then(|| MergeOutcome::Merged(winner.clone()));
            return Ok(merged.unwrap_or(MergeOutcome::NotTwo));
        };
        if !unit.is_whole(loser_id, &self.apps) || !unit.is_visible(winner_id, &self.apps) {
            return Ok(MergeOutcome::NotTwo);
        }
        let wanted = loser.phone.as_ref().filter(|_| winner.phone.is_none());
        let wanted = wanted.map(|phone| phone.tag);
        if self.phone.as_ref().map(|phone| phone.tag) != wanted {
            return Ok(MergeOutcome::Moved);
        }
        let (winner, loser) = self.join(winner.clone(), loser.clone());
        unit.change_user(winner_id, |user| user.clone_from(&winner));
        unit.users.update(&loser_id, |stored| {
            stored.user = loser;
            stored.merged_into = Some(winner_id);
        });
        if let Some(until) = unit.last_token_of(loser_id, self.tokens_until) {
            unit.revocations.insert(loser_id.into(), until);
        }
        unit.hand_over(loser_id, winner_id);
        if winner.status == UserStatus::Disabled {
            unit.revoke_sessions(winner_id, self.tokens_until);
        }
        unit.events.extend([self.event.clone(), self.loser_event.clone()]);
        Ok(MergeOutcome::Merged(winner))
    }
}

impl Merge {
    /// The winner as both, and what is left of the loser: an old id that the winner has no use for stays
    /// known as the person's.
    fn join(&self, mut winner: User, mut loser: User) -> (User, User) {
        let (nickname, avatar_url) = (loser.nickname.take(), loser.avatar_url.take());
        winner.nickname = winner.nickname.or(nickname);
        winner.avatar_url = winner.avatar_url.or(avatar_url);
        if winner.legacy_id.is_none() {
            winner.legacy_id = loser.legacy_id.take();
        }
        if let Some(phone) = &self.phone {
            winner.phone = Some(phone.clone());
        }
        loser.phone = None;
        winner.created_at = winner.created_at.min(loser.created_at);
        winner.last_login_at = winner.last_login_at.max(loser.last_login_at);
        if loser.status == UserStatus::Disabled {
            winner.status = UserStatus::Disabled;
        }
        loser.status = winner.status;
        for user in [&mut winner, &mut loser] {
            user.updated_at = self.event.at;
            user.erase_at = None;
        }
        (winner, loser)
    }
}

impl UnitOfWork {
    fn hand_over(&mut self, loser: UserId, winner: UserId) {
        for key in self.identities.keys_where(|identity| identity.user_id == loser) {
            self.identities.update(&key, |identity| identity.user_id = winner);
        }
        for key in self.union_owners.keys_where(|owner| owner.user_id == loser) {
            self.union_owners.update(&key, |owner| owner.user_id = winner);
        }
        for key in self.tombstones.keys_where(|tombstone| tombstone.user_id == loser) {
            self.tombstones.update(&key, |tombstone| tombstone.user_id = winner);
        }
        self.move_sessions(loser, winner);
        self.hand_over_conflicts(loser, winner);
    }

    fn hand_over_conflicts(&mut self, loser: UserId, winner: UserId) {
        let is_one = |id: UserId| id == loser || id == winner;
        for key in self
            .conflicts
            .keys_where(|conflict| is_one(conflict.user_id) && conflict.owner.is_some_and(is_one))
        {
            self.conflicts.delete(&key);
        }
        for key in self.conflicts.keys_where(|_| true) {
            self.conflicts.update(&key, |conflict| {
                if conflict.user_id == loser {
                    conflict.user_id = winner;
                }
                if conflict.owner == Some(loser) {
                    conflict.owner = Some(winner);
                }
            });
        }
    }
}
