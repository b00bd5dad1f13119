//! Writes what became of the unionid of a known identity. The user exists by now.

use mongodb::bson::{Uuid, doc};
use wxlogin_domain::account::{Changes, UnionOwner};
use wxlogin_domain::model::UnionConflict;

use super::attempt::Attempt;
use crate::convert;
use crate::document::Identity;
use crate::error::Failure;
use crate::identities::or_absent;
use crate::users::one_matched;

impl Attempt<'_> {
    pub(super) async fn settle_union_id(
        &self,
        identity: &Identity,
        user: Uuid,
        conflict: Option<&UnionConflict>,
        changes: &Changes,
    ) -> Result<(), Failure> {
        let Some(named) = self.login.union_id.as_ref() else { return Ok(()) };
        let named = named.as_str();
        let is_stored = identity.union_id.as_deref() == Some(named);
        if conflict.is_some() {
            if is_stored {
                self.clear_union_id(named).await?;
            }
            return self.record_conflict(changes).await;
        }
        // The identity first: of two unionids named concurrently, one is stored and then owned.
        if !is_stored {
            self.set_union_id(identity, named).await?;
        }
        for settled in &changes.conflicts.deleted {
            let settled = convert::value(&convert::conflict_key(settled))?;
            self.connections.conflicts.delete_one(doc! { "_id": settled }).await?;
        }
        match (changes.union_owners.inserted.first(), &self.union_id) {
            (Some(owner), None) => self.claim_late_union_id(owner, user).await,
            (Some(_), Some(_)) => match self.union_claim {
                Some(claimed) if claimed != user => {
                    self.connections.supersede_claim(claimed, user, self.login.now).await
                }
                Some(_) | None => Ok(()),
            },
            (None, Some(owned)) if owned.user_id != user => {
                let as_read = doc! { "_id": named, "user_id": owned.user_id };
                let current = doc! { "$set": { "user_id": user } };
                self.connections.union_ids.update_one(as_read, current).await?;
                Ok(())
            }
            (None, _) => Ok(()),
        }
    }

    async fn claim_late_union_id(&self, owner: &UnionOwner, user: Uuid) -> Result<(), Failure> {
        let union_ids = &self.connections.union_ids;
        union_ids.insert_one(convert::new_union_id(owner)).await?;
        self.recheck_user(user).await?;
        // Another user may have owned it and been erased while banned since the first check.
        if self.has_tombstone([self.login.tombstones.union_id, None]).await? {
            let claimed = doc! { "_id": owner.union_id.as_str(), "user_id": user };
            union_ids.delete_one(claimed).await?;
            return Err(Failure::Conflict);
        }
        Ok(())
    }

    async fn set_union_id(&self, read: &Identity, named: &str) -> Result<(), Failure> {
        let mut as_read = self.one_identity()?;
        as_read.insert("union_id", or_absent(read.union_id.as_deref()));
        let set = doc! { "$set": { "union_id": named } };
        one_matched(self.connections.identities.update_one(as_read, set).await?.matched_count)
    }

    /// Removes the unionid of the identity, because another user has come to own it.
    async fn clear_union_id(&self, named: &str) -> Result<(), Failure> {
        let mut stored = self.one_identity()?;
        stored.insert("union_id", named);
        let clear = doc! { "$unset": { "union_id": "" } };
        self.connections.identities.update_one(stored, clear).await?;
        Ok(())
    }

    async fn record_conflict(&self, changes: &Changes) -> Result<(), Failure> {
        for conflict in &changes.conflicts.inserted {
            let conflict = convert::new_conflict(conflict);
            self.connections.conflicts.insert_one(&conflict).await?;
            for named in conflict.users() {
                self.recheck_user(named).await?;
            }
        }
        Ok(())
    }

    /// Removes what was just written about a user if the user has been erased in the meantime.
    async fn recheck_user(&self, user: Uuid) -> Result<(), Failure> {
        match self.connections.user(user).await? {
            Some(_) => Ok(()),
            None => self.connections.remove_traces(user).await,
        }
    }
}
