use mongodb::bson::{Uuid, doc};
use wxlogin_domain::model::{Timestamp, UserStatus};

use crate::convert;
use crate::database::Connections;
use crate::document::{MERGING, Mark, Merging, Outgoing, SUPERSEDED, User};
use crate::error::Failure;
use crate::outbox::revoked;
use crate::user_sessions::Sessions;
use crate::users::one_matched;

impl Connections {
    /// Gives the winner what the loser had.
    ///
    /// That nobody has done so yet holds until the winner's version moves, because the loser is read
    /// once more after the winner.
    pub(super) async fn take_over(&self, winner: User, frozen: User) -> Result<(), Failure> {
        let again = self.frozen(frozen.id).await?;
        if again.is_none_or(|again| again.version != frozen.version) {
            return Err(Failure::Conflict);
        }
        let (mut loser, merging) = as_before(frozen)?;
        self.give_up_what_is_taken(&mut loser).await?;
        let (user, outgoing) = united(winner, loser, merging)?;
        self.rewrite(user, &outgoing).await?;
        Ok(())
    }

    /// Makes the loser a user as before: there is no winner any more.
    pub(super) async fn thaw(&self, frozen: User) -> Result<(), Failure> {
        let as_read = doc! { "_id": frozen.id, "version": frozen.version };
        let (mut user, _) = as_before(frozen)?;
        self.give_up_what_is_taken(&mut user).await?;
        user.version += 1;
        one_matched(self.users.replace_one(as_read, user).await?.matched_count)
    }

    /// Gives up what has to be unique and somebody else has got hold of while it was set aside.
    async fn give_up_what_is_taken(&self, user: &mut User) -> Result<(), Failure> {
        let mut sessions = Sessions::of(user)?;
        let mut unique = vec![doc! { "replay_tags": { "$in": convert::value(&sessions.tags())? } }];
        unique.extend(user.phone_tag.as_ref().map(|tag| doc! { "phone_tag": tag }));
        unique.extend(user.legacy_id.as_ref().map(|id| doc! { "legacy_id": id }));
        let others = doc! { "_id": { "$ne": user.id }, "$or": unique };
        let mut others = self.users.find(others).await?;
        while others.advance().await? {
            let other = others.deserialize_current()?;
            for tag in other.replay_tags.iter().flatten() {
                sessions.give_up_tag(tag);
            }
            if other.phone_tag == user.phone_tag {
                (user.phone, user.phone_tag) = (None, None);
            }
            if other.legacy_id == user.legacy_id {
                user.legacy_id = None;
            }
        }
        sessions.put_into(user);
        Ok(())
    }

    /// Lets whatever meant the loser mean the winner, who has taken over already.
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

/// The loser before the merge, and what the merge is to be.
fn as_before(mut frozen: User) -> Result<(User, Merging), Failure> {
    let merging = frozen.merging.take().ok_or_else(|| convert::unexpected("users.merging"))?;
    frozen.mark = None;
    frozen.legacy_id.clone_from(&merging.legacy_id);
    frozen.phone.clone_from(&merging.phone);
    frozen.phone_tag.clone_from(&merging.phone_tag);
    frozen.sessions.clone_from(&merging.sessions);
    Ok((frozen, merging))
}

/// The two as one, and what follows from it.
fn united(mut user: User, loser: User, merging: Merging) -> Result<(User, Vec<Outgoing>), Failure> {
    let tokens_until = Timestamp::from_millis(merging.tokens_until);
    let at = merging.event.at;
    let mut sessions = Sessions::of(&user)?;
    sessions.join(Sessions::of(&loser)?);
    let events = [merging.event, merging.loser_event];
    let mut outgoing = events.map(Outgoing::AuditEvents).to_vec();
    outgoing.extend(revoked([loser.id], tokens_until));
    if convert::status(loser.status)? == UserStatus::Disabled {
        user.status = loser.status;
    }
    if convert::status(user.status)? == UserStatus::Disabled {
        outgoing.extend(revoked(sessions.ids(), tokens_until));
    }
    let (own, losers) = (user.legacy_id.take(), loser.legacy_id);
    let (legacy_id, left) = if own.is_some() { (own, losers) } else { (losers, None) };
    user.legacy_id = legacy_id;
    let status = user.status;
    outgoing.push(Outgoing::Users { loser: loser.id, legacy_id: left, status, at });
    sessions.put_into(&mut user);
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
    Ok((user, outgoing))
}
