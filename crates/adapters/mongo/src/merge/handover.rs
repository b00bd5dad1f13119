use mongodb::bson::{Uuid, doc};
use wxlogin_domain::account::{Merge, TokensUntil, UnitOfWork};
use wxlogin_domain::model::{Timestamp, VisibleApps};

use crate::commands::all;
use crate::convert;
use crate::database::Connections;
use crate::document::{MERGING, Mark, OutboxEntry, PendingMerge, SUPERSEDED, User};
use crate::error::Failure;
use crate::unit::{decide, load_user};
use crate::user_sessions::Sessions;
use crate::users::one_matched;

impl Connections {
    /// Moves everything of the loser to the winner.
    ///
    /// The loser is read again after the winner, so nobody else has done this before the winner's
    /// version that was read.
    pub(super) async fn hand_over(&self, mut winner: User, frozen: User) -> Result<(), Failure> {
        let again = self.frozen(frozen.id).await?;
        if again.is_none_or(|again| again.version != frozen.version) {
            return Err(Failure::Conflict);
        }
        let (mut loser, merging) = unfrozen(frozen.clone())?;
        self.drop_taken_values(&mut loser).await?;
        let merge = begun(&winner, &mut loser, &merging)?;
        let mut unit = UnitOfWork::default();
        load_user(&mut unit, &winner)?;
        load_user(&mut unit, &loser)?;
        let (_, changes) = decide(unit, &merge)?;
        let Some(left) = changes.users.updated.iter().find(|row| row.user.id == merge.loser) else {
            return self.unfreeze(frozen).await;
        };
        let supersede = OutboxEntry::Supersede {
            loser: loser.id,
            legacy_id: left.user.legacy_id.as_ref().map(|id| id.as_str().to_owned()),
            status: i64::from(left.user.status.code()),
            at: left.user.updated_at.as_millis(),
        };
        let mut sessions = Sessions::of(&winner)?;
        sessions.append(Sessions::of(&loser)?);
        sessions.store_in(&mut winner);
        self.save_user(winner, &changes, vec![supersede]).await?;
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
        unique.extend(user.phone_tag.as_ref().map(|tag| doc! { "phone_tags": tag }));
        unique.extend(user.legacy_id.as_ref().map(|id| doc! { "legacy_id": id }));
        let others = doc! { "_id": { "$ne": user.id }, "$or": unique };
        for other in all(self.users.find(others).await?).await? {
            for tag in other.replay_tags.iter().flatten() {
                sessions.release_tag(tag);
            }
            let taken = other.phone_tags.unwrap_or_default();
            if user.phone_tag.as_ref().is_some_and(|tag| taken.contains(tag)) {
                user.phone = None;
                convert::set_phone_tag(user, None);
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
        let renamed = doc! { "$set": { "user_id": winner } };
        self.identities.update_many(doc! { "user_id": loser }, renamed.clone()).await?;
        self.union_ids.update_many(doc! { "user_id": loser }, renamed).await?;
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
    convert::set_phone_tag(&mut frozen, merging.phone_tag.clone());
    frozen.sessions.clone_from(&merging.sessions);
    Ok((frozen, merging))
}

/// Returns the merge that has begun. It cannot be refused any more: the loser loses a phone number that
/// the winner cannot take.
fn begun(winner: &User, loser: &mut User, merging: &PendingMerge) -> Result<Merge, Failure> {
    loser.phone = merging.resealed_phone.clone().filter(|_| winner.phone_tag.is_none());
    loser.phone_tag.take_if(|_| loser.phone.is_none());
    let winner = convert::user_id(winner.id);
    let loser = convert::user(loser)?;
    Ok(Merge {
        winner,
        loser: loser.id,
        // Visibility was checked before the merge began.
        apps: VisibleApps::All,
        phone: loser.phone,
        tokens_until: TokensUntil {
            now: Timestamp::from_millis(merging.begun_at),
            access: Timestamp::from_millis(merging.access_tokens_until),
            original: Timestamp::from_millis(merging.original_tokens_until),
        },
        event: convert::audit_event(&merging.event)?,
        loser_event: convert::audit_event(&merging.loser_event)?,
    })
}
