use mongodb::bson::{Binary, Uuid, doc};
use mongodb::options::ReturnDocument;
use wxlogin_domain::model::{AuditEvent, Profile, Timestamp, User, UserId, UserStatus};
use wxlogin_domain::ports::UserChange;

use crate::convert;
use crate::database::Connections;
use crate::document::OutboxEntry;
use crate::error::Failure;
use crate::outbox::{audit_events, revocations};
use crate::user_sessions::Sessions;
use crate::users::live_user;

impl Connections {
    pub(super) async fn change_profile(
        &self,
        id: UserId,
        profile: &Profile,
        now: Timestamp,
    ) -> Result<Option<User>, Failure> {
        let mut update = doc! {
            "$max": { "updated_at": now.as_millis() },
            "$inc": { "version": 1_i64 },
        };
        let mut set = doc! {};
        if let Some(nickname) = &profile.nickname {
            set.insert("nickname", nickname.as_str());
        }
        if let Some(avatar_url) = &profile.avatar_url {
            set.insert("avatar_url", avatar_url.as_str());
        }
        if !set.is_empty() {
            update.insert("$set", set);
        }
        let one = live_user(convert::to_bson(id.as_uuid()));
        let changed = self.users.find_one_and_update(one, update);
        let changed = changed.return_document(ReturnDocument::After).await?;
        changed.as_ref().map(convert::user).transpose()
    }

    /// Tries once to change the user. After [`Failure::Conflict`] it has to be tried again.
    pub(super) async fn change_user(&self, change: &UserChange) -> Result<Option<User>, Failure> {
        let id = convert::to_bson(change.user_id.as_uuid());
        let Some(mut user) = self.user(id).await? else {
            if change.status == Some(UserStatus::Active) {
                self.lift_ban_of_erased_user(id, &change.events).await?;
            }
            return Ok(None);
        };
        let mut entries = audit_events(&change.events).collect::<Vec<_>>();
        match change.status {
            Some(UserStatus::Disabled) => {
                let sessions = Sessions::of(&user)?;
                entries.extend(revocations(sessions.ids(), change.tokens_until));
            }
            Some(UserStatus::Active) => {
                if convert::status(user.status)? == UserStatus::Disabled {
                    Sessions::default().store_in(&mut user);
                }
                let tombstones = self.tombstones_of(id).await?;
                if !tombstones.is_empty() {
                    entries.push(OutboxEntry::LiftBan { tombstones });
                }
            }
            None => {}
        }
        user.status = change.status.map_or(user.status, |status| i64::from(status.code()));
        user.user_type = change.user_type.map_or(user.user_type, |kind| i64::from(kind.0));
        user.updated_at = change.now.as_millis();
        let user = self.rewrite(user, &entries).await?;
        convert::user(&user).map(Some)
    }

    /// Returns the tombstone tags of identities that were erased while the user was banned.
    async fn tombstones_of(&self, id: Uuid) -> Result<Vec<Binary>, Failure> {
        let mut found = self.tombstones.find(doc! { "user_id": id }).await?;
        let mut tags = Vec::new();
        while found.advance().await? {
            tags.push(found.deserialize_current()?.tag);
        }
        Ok(tags)
    }

    /// Lifts the ban of an erased user. The audit events come first, so that the change cannot happen
    /// without them.
    async fn lift_ban_of_erased_user(
        &self,
        id: Uuid,
        events: &[AuditEvent],
    ) -> Result<(), Failure> {
        if let Some(marked) = self.users.find_one(doc! { "_id": id }).await? {
            self.finish_erasure(&marked).await?;
        }
        let of_user = doc! { "user_id": id };
        if self.tombstones.find_one(of_user.clone()).await?.is_none() {
            return Ok(());
        }
        for event in events {
            self.write_audit_event(&convert::stored_audit_event(event)).await?;
        }
        self.tombstones.delete_many(of_user).await?;
        Ok(())
    }
}
