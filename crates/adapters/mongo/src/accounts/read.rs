use mongodb::bson::{Document, doc};
use wxlogin_domain::model::{Identity, Timestamp, UnionConflict, User, UserId};
use wxlogin_domain::ports::SealedSessionKey;

use crate::database::Connections;
use crate::error::Failure;
use crate::users::{one_user, users};
use crate::{convert, document};

/// What need not be read to know a user.
fn unread() -> Document {
    doc! { "sessions": 0, "replay_tags": 0, "outbox": 0 }
}

impl Connections {
    pub(super) async fn find_user(&self, id: UserId) -> Result<Option<User>, Failure> {
        let one = one_user(convert::to_bson(id.as_uuid()));
        let user = self.users.find_one(one).projection(unread()).await?;
        user.as_ref().map(convert::user).transpose()
    }

    pub(super) async fn page_users(
        &self,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<User>, Failure> {
        // The server takes zero for no limit.
        if limit == 0 {
            return Ok(Vec::new());
        }
        let mut behind = users();
        if let Some(after) = after {
            behind.insert("_id", doc! { "$gt": convert::to_bson(after.as_uuid()) });
        }
        let page = self.users.find(behind).projection(unread()).sort(doc! { "_id": 1 });
        let mut found = page.limit(i64::from(limit)).await?;
        let mut page = Vec::new();
        while found.advance().await? {
            page.push(convert::user(&found.deserialize_current()?)?);
        }
        Ok(page)
    }

    pub(super) async fn identities(&self, id: UserId) -> Result<Vec<Identity>, Failure> {
        let id = convert::to_bson(id.as_uuid());
        if self.user(id).await?.is_none() {
            return Ok(Vec::new());
        }
        let of_user = doc! { "user_id": { "$in": self.ids_of(id).await? } };
        let mut found = self.identities.find(of_user).await?;
        let mut identities = Vec::new();
        while found.advance().await? {
            identities.push(convert::identity(&found.deserialize_current()?)?);
        }
        identities.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(identities)
    }

    pub(super) async fn due_erasures(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<UserId>, Failure> {
        self.finish_what_was_held_up().await?;
        if limit == 0 {
            return Ok(Vec::new());
        }
        let mut due = users();
        due.insert("erase_at", doc! { "$lte": now.as_millis() });
        let found = self.users.find(due).projection(unread()).limit(i64::from(limit));
        let mut found = found.await?;
        let mut ids = Vec::new();
        while found.advance().await? {
            let user = found.deserialize_current()?;
            ids.push(UserId::from_uuid(convert::from_bson(user.id)));
        }
        Ok(ids)
    }

    pub(super) async fn union_conflicts(&self) -> Result<Vec<UnionConflict>, Failure> {
        let oldest_first = doc! { "first_seen_at": 1, "_id": 1 };
        let mut found = self.conflicts.find(doc! {}).sort(oldest_first).await?;
        let mut conflicts = Vec::new();
        while found.advance().await? {
            conflicts.push(found.deserialize_current()?);
        }
        let named = conflicts.iter().flat_map(document::Conflict::users).collect::<Vec<_>>();
        let meant = self.meant(&named).await?;
        // Those of a user who is being erased are on their way out.
        conflicts.retain(|conflict| conflict.users().all(|user| meant.contains_key(&user)));
        conflicts.iter().map(convert::conflict).collect()
    }

    /// The session key, if the identity's user is there and has not asked to be erased: what an
    /// unfinished step has left is not shown.
    pub(super) async fn session_key(
        &self,
        key: &document::IdentityKey,
    ) -> Result<Option<SealedSessionKey>, Failure> {
        let one = doc! { "_id": convert::value(key)? };
        let Some(identity) = self.identities.find_one(one).await? else { return Ok(None) };
        let (_, user) = self.follow(identity.user_id).await?;
        if user.is_none_or(|user| user.mark.is_some() || user.erase_at.is_some()) {
            return Ok(None);
        }
        convert::session_key(identity)
    }
}
