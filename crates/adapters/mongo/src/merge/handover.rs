use mongodb::bson::{Uuid, doc};
use wxlogin_domain::model::{Timestamp, UserStatus};

use crate::convert;
use crate::database::Connections;
use crate::document::{MERGING, Mark, OutboxEntry, PendingMerge, SUPERSEDED, User};
use crate::error::Failure;
use crate::outbox::revocations;
use crate::user_sessions::Sessions;
use crate::users::one_matched;

impl Connections {
    /// Moves everything of the loser to the winner.
    ///
    /// The loser is read again after the winner, so nobody else has done this before the winner's
    /// version that was read.
    pub(super) async fn hand_over(&self, winner: User, frozen: User) -> Result<(), Failure> {
        let again = self.frozen(frozen.id).await?;
        if again.is_none_or(|again| again.version != frozen.version) {
            return Err(Failure::Conflict);
        }
        let (mut loser, merging) = unfrozen(frozen)?;
        self.drop_taken_values(&mut loser).await?;
        let (user, entries) = merged(winner, loser, merging)?;
        self.rewrite(user, &entries).await?;
        Ok(())
    }

    /// Restores the loser, because the winner does not exist any more.
    pub(super) async fn unfreeze(&self, frozen: User) -> Result<(), Failure> {
        let as_read = doc! { "_id": frozen.id, "version": frozen.version };
        let (mut user, _) = unfrozen(frozen)?;
        self.drop_taken_values(&mut user).await?;
        user.version += 1;
        one_matched(self.users.replace_one(as_read, user).await?.matched_count)
    }

    /// Drops unique values that another user has taken while they were set aside.
    async fn drop_taken_values(&self, user: &mut User) -> Result<(), Failure> {
        let mut sessions = Sessions::of(user)?;
        let mut unique = vec![doc! { "replay_tags": { "$in": convert::value(&sessions.tags())? } }];
        unique.extend(user.phone_tag.as_ref().map(|tag| doc! { "phone_tag": tag }));
        unique.extend(user.legacy_id.as_ref().map(|id| doc! { "legacy_id": id }));
        let others = doc! { "_id": { "$ne": user.id }, "$or": unique };
        let mut others = self.users.find(others).await?;
        while others.advance().await? {
            let other = others.deserialize_current()?;
            for tag in other.replay_tags.iter().flatten() {
                sessions.release_tag(tag);
            }
            if other.phone_tag == user.phone_tag {
                (user.phone, user.phone_tag) = (None, None);
            }
            if other.legacy_id == user.legacy_id {
                user.legacy_id = None;
            }
        }
        sessions.store_in(user);
        Ok(())
    }

    /// Makes the winner, who has absorbed the loser, the successor of every id that meant the loser.
    pub(crate) async fn supersede(
        &self,
        loser: Uuid,
        winner: Uuid,
        legacy_id: Option<&str>,
        status: i64,
        at: i64,
    ) -> Result<(), Failure> {
        for field in ["merged_into", SUPERSEDED] {
            let renamed = doc! { "$set": { field: winner } };
            self.users.update_many(doc! { field: loser }, renamed).await?;
        }
        for field in ["user_id", "owner_id"] {
            let renamed = doc! { "$set": { field: winner } };
            self.conflicts.update_many(doc! { field: loser }, renamed).await?;
        }
        self.conflicts.delete_many(doc! { "user_id": winner, "owner_id": winner }).await?;
        let renamed = doc! { "$set": { "user_id": winner } };
        self.tombstones.update_many(doc! { "user_id": loser }, renamed).await?;
        let frozen = doc! { "_id": loser, MERGING: { "$exists": true } };
        let mut set = doc! {
            "mark": convert::value(&Mark::SupersededBy(winner))?,
            "merged_into": winner,
            "status": status,
            "updated_at": at,
        };
        if let Some(legacy_id) = legacy_id
            && self.users.find_one(doc! { "legacy_id": legacy_id }).await?.is_none()
        {
            set.insert("legacy_id", legacy_id);
        }
        let superseded = doc! {
            "$set": set,
            "$unset": {
                "merging": "",
                "nickname": "",
                "avatar_url": "",
                "erase_at": "",
                "first_session": "",
            },
            "$inc": { "version": 1_i64 },
        };
        self.users.update_one(frozen, superseded).await?;
        Ok(())
    }
}

/// Returns the loser as it was before the merge, and the merge.
fn unfrozen(mut frozen: User) -> Result<(User, PendingMerge), Failure> {
    let merging = frozen.merging.take().ok_or_else(|| convert::unexpected("users.merging"))?;
    frozen.mark = None;
    frozen.legacy_id.clone_from(&merging.legacy_id);
    frozen.phone.clone_from(&merging.phone);
    frozen.phone_tag.clone_from(&merging.phone_tag);
    frozen.sessions.clone_from(&merging.sessions);
    Ok((frozen, merging))
}

/// Returns the winner with everything of both, and the outbox entries.
fn merged(
    mut user: User,
    loser: User,
    merging: PendingMerge,
) -> Result<(User, Vec<OutboxEntry>), Failure> {
    let tokens_until = Timestamp::from_millis(merging.tokens_until);
    let at = merging.event.at;
    let mut sessions = Sessions::of(&user)?;
    sessions.append(Sessions::of(&loser)?);
    let events = [merging.event, merging.loser_event];
    let mut entries = events.map(OutboxEntry::AuditEvent).to_vec();
    entries.extend(revocations([loser.id], tokens_until));
    if convert::status(loser.status)? == UserStatus::Disabled {
        user.status = loser.status;
    }
    if convert::status(user.status)? == UserStatus::Disabled {
        entries.extend(revocations(sessions.ids(), tokens_until));
    }
    let (own, losers) = (user.legacy_id.take(), loser.legacy_id);
    let (legacy_id, left) = if own.is_some() { (own, losers) } else { (losers, None) };
    user.legacy_id = legacy_id;
    let status = user.status;
    entries.push(OutboxEntry::Supersede { loser: loser.id, legacy_id: left, status, at });
    sessions.store_in(&mut user);
    user.nickname = user.nickname.or(loser.nickname);
    user.avatar_url = user.avatar_url.or(loser.avatar_url);
    if let (None, Some(phone), Some(tag)) =
        (&user.phone_tag, merging.resealed_phone, loser.phone_tag)
    {
        (user.phone, user.phone_tag) = (Some(phone), Some(tag));
    }
    user.created_at = user.created_at.min(loser.created_at);
    user.last_login_at = user.last_login_at.max(loser.last_login_at);
    user.updated_at = at;
    user.erase_at = None;
    Ok((user, entries))
}
