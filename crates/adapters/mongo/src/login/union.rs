//! Assigns the unionid of a login, or records a conflict.

use mongodb::bson::{Uuid, doc};
use wxlogin_domain::model::{UnionConflict, UnionId, UserStatus, UserType};

use super::attempt::Attempt;
use crate::convert;
use crate::document::{Conflict, ConflictKey, Identity, Mark, User};
use crate::error::Failure;
use crate::users::one_matched;

/// The owner of a unionid, seen from the user who signs in.
enum Owner {
    Nobody,
    Oneself,
    SomebodyElse(Uuid),
    /// A login has claimed it for a user that does not exist, or not yet.
    NeverMade(Uuid),
}

impl Attempt<'_> {
    /// Assigns the unionid to the user, who exists by now, or records the conflict.
    pub(super) async fn settle_union_id(
        &self,
        identity: &Identity,
        user_id: Uuid,
        owner: Option<Uuid>,
    ) -> Result<Option<UnionConflict>, Failure> {
        let Some(named) = self.login.union_id.as_ref().map(UnionId::as_str) else {
            return Ok(None);
        };
        let owner = self.owner(named, user_id, owner).await?;
        let is_stored = match identity.union_id.as_deref() {
            None => false,
            Some(stored) if stored == named => true,
            Some(_) => {
                let other = match owner {
                    Owner::SomebodyElse(other) => Some(other),
                    Owner::Nobody | Owner::Oneself | Owner::NeverMade(_) => None,
                };
                return self.record_conflict(named, user_id, other).await.map(Some);
            }
        };
        let other = match owner {
            Owner::SomebodyElse(other) => Some(other),
            Owner::Nobody if self.has_union_tombstone().await? => None,
            Owner::NeverMade(id) => {
                // With this id taken, the login that made the claim cannot use it and starts over.
                let mark = superseded_mark(id, user_id, self.login.now.as_millis());
                self.connections.users.insert_one(mark).await?;
                return Err(Failure::Conflict);
            }
            Owner::Oneself | Owner::Nobody => {
                self.assign_union_id(named, user_id, is_stored, owner).await?;
                return Ok(None);
            }
        };
        if is_stored {
            self.clear_union_id(named).await?;
        }
        self.record_conflict(named, user_id, other).await.map(Some)
    }

    /// Stores the unionid of the identity, and makes the user its owner if nobody is.
    async fn assign_union_id(
        &self,
        named: &str,
        user_id: Uuid,
        is_stored: bool,
        owner: Owner,
    ) -> Result<(), Failure> {
        // The identity first: of two unionids named concurrently, one is stored and then owned.
        if !is_stored {
            self.set_union_id(named).await?;
        }
        if matches!(owner, Owner::Nobody) {
            self.claim_union_id(named, user_id).await?;
            self.recheck_user(user_id).await?;
            // Another user may have owned it and been erased while banned since the first check.
            if self.has_union_tombstone().await? {
                let owned = doc! { "_id": named, "user_id": user_id };
                self.connections.union_ids.delete_one(owned).await?;
                return Err(Failure::Conflict);
            }
        }
        Ok(())
    }

    async fn has_union_tombstone(&self) -> Result<bool, Failure> {
        self.has_tombstone([self.login.tombstones.union_id, None]).await
    }

    async fn owner(
        &self,
        named: &str,
        user_id: Uuid,
        owner: Option<Uuid>,
    ) -> Result<Owner, Failure> {
        let Some(owner) = owner else {
            return Ok(Owner::Nobody);
        };
        if owner == user_id {
            return Ok(Owner::Oneself);
        }
        match self.connections.named_user(owner).await? {
            (resolved, _) if resolved == user_id => {
                let as_read = doc! { "_id": named, "user_id": owner };
                let resolved = doc! { "$set": { "user_id": user_id } };
                self.connections.union_ids.update_one(as_read, resolved).await?;
                Ok(Owner::Oneself)
            }
            (resolved, Some(_)) => Ok(Owner::SomebodyElse(resolved)),
            (resolved, None) => Ok(Owner::NeverMade(resolved)),
        }
    }

    async fn set_union_id(&self, named: &str) -> Result<(), Failure> {
        let mut without = self.one_identity()?;
        without.insert("union_id", doc! { "$exists": false });
        let note = doc! { "$set": { "union_id": named } };
        one_matched(self.connections.identities.update_one(without, note).await?.matched_count)
    }

    /// Removes the unionid of the identity, because another user has come to own it.
    async fn clear_union_id(&self, named: &str) -> Result<(), Failure> {
        let mut stored = self.one_identity()?;
        stored.insert("union_id", named);
        let forget = doc! { "$unset": { "union_id": "" } };
        self.connections.identities.update_one(stored, forget).await?;
        Ok(())
    }

    /// Records the conflict, unless it is known, and returns the stored one.
    async fn record_conflict(
        &self,
        named: &str,
        user_id: Uuid,
        owner: Option<Uuid>,
    ) -> Result<UnionConflict, Failure> {
        let identity = convert::identity_key(&self.login.identity);
        let key = ConflictKey {
            app_id: identity.app_id,
            open_id: identity.open_id,
            union_id: named.to_owned(),
        };
        let known = doc! { "_id": convert::value(&key)? };
        if let Some(known) = self.connections.conflicts.find_one(known).await? {
            return convert::conflict(&known);
        }
        let conflict =
            Conflict { key, user_id, owner_id: owner, first_seen_at: self.login.now.as_millis() };
        self.connections.conflicts.insert_one(&conflict).await?;
        for named in [Some(user_id), owner].into_iter().flatten() {
            self.recheck_user(named).await?;
        }
        convert::conflict(&conflict)
    }

    /// Removes what was just written about a user if the user has been erased in the meantime.
    async fn recheck_user(&self, user_id: Uuid) -> Result<(), Failure> {
        match self.connections.user(user_id).await? {
            Some(_) => Ok(()),
            None => self.connections.remove_traces(user_id).await,
        }
    }
}

/// Returns a mark with which no user can get this id.
fn superseded_mark(id: Uuid, by: Uuid, now: i64) -> User {
    User {
        id,
        user_type: i64::from(UserType::default().0),
        status: i64::from(UserStatus::Disabled.code()),
        nickname: None,
        avatar_url: None,
        legacy_id: None,
        phone: None,
        phone_tag: None,
        merged_into: None,
        erase_at: None,
        created_at: now,
        updated_at: now,
        last_login_at: now,
        version: 0,
        first_session: None,
        sessions: Vec::new(),
        replay_tags: None,
        outbox: Vec::new(),
        mark: Some(Mark::SupersededBy(by)),
        merging: None,
    }
}
