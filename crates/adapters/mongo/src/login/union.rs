//! What becomes of the unionid that an identity names.

use mongodb::bson::{Uuid, doc};
use wxlogin_domain::model::{UnionConflict, UnionId, UserStatus, UserType};

use super::Attempt;
use crate::convert;
use crate::document::{Conflict, ConflictKey, Identity, Mark, User};
use crate::error::Failure;
use crate::users::one_matched;

/// Who owns a unionid, seen from the user who is signed in.
enum Owner {
    Nobody,
    Oneself,
    SomebodyElse(Uuid),
    /// A login has claimed it and not come as far as to make its user; perhaps it still will.
    NeverMade(Uuid),
}

impl Attempt<'_> {
    /// Makes the unionid the user's, or records why that cannot be. The user is there by now.
    pub(super) async fn settle_union(
        &self,
        identity: &Identity,
        user_id: Uuid,
        owner: Option<Uuid>,
    ) -> Result<Option<UnionConflict>, Failure> {
        let Some(named) = self.login.union_id.as_ref().map(UnionId::as_str) else {
            return Ok(None);
        };
        let owner = self.owner(named, user_id, owner).await?;
        let is_noted = match identity.union_id.as_deref() {
            None => false,
            Some(stored) if stored == named => true,
            Some(_) => {
                let other = match owner {
                    Owner::SomebodyElse(other) => Some(other),
                    Owner::Nobody | Owner::Oneself | Owner::NeverMade(_) => None,
                };
                return self.report(named, user_id, other).await.map(Some);
            }
        };
        let other = match owner {
            Owner::SomebodyElse(other) => Some(other),
            Owner::Nobody if self.is_union_buried().await? => None,
            Owner::NeverMade(id) => {
                // Once this id is taken the claim's login cannot take it, and must look again.
                let mark = superseded(id, user_id, self.login.now.as_millis());
                self.connections.users.insert_one(mark).await?;
                return Err(Failure::Conflict);
            }
            Owner::Oneself | Owner::Nobody => {
                self.take_union(named, user_id, is_noted, owner).await?;
                return Ok(None);
            }
        };
        if is_noted {
            self.forget_union(named).await?;
        }
        self.report(named, user_id, other).await.map(Some)
    }

    /// Makes the unionid the identity's, and the user's if nobody owns it.
    async fn take_union(
        &self,
        named: &str,
        user_id: Uuid,
        is_noted: bool,
        owner: Owner,
    ) -> Result<(), Failure> {
        // The identity first: of two unionids named for it at once, one is kept and owned.
        if !is_noted {
            self.note_union(named).await?;
        }
        if matches!(owner, Owner::Nobody) {
            self.own_union(named, user_id).await?;
            self.look_again(user_id).await?;
            // Somebody may have owned it, and been shut out and erased, since the first look.
            if self.is_union_buried().await? {
                let owned = doc! { "_id": named, "user_id": user_id };
                self.connections.union_ids.delete_one(owned).await?;
                return Err(Failure::Conflict);
            }
        }
        Ok(())
    }

    async fn is_union_buried(&self) -> Result<bool, Failure> {
        self.is_buried([self.login.tombstones.union_id, None]).await
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
        match self.connections.resolve(owner).await? {
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

    async fn note_union(&self, named: &str) -> Result<(), Failure> {
        let mut without = self.one_identity()?;
        without.insert("union_id", doc! { "$exists": false });
        let note = doc! { "$set": { "union_id": named } };
        one_matched(self.connections.identities.update_one(without, note).await?.matched_count)
    }

    /// Takes back a note whose unionid somebody else came to own in the meantime.
    async fn forget_union(&self, named: &str) -> Result<(), Failure> {
        let mut noted = self.one_identity()?;
        noted.insert("union_id", named);
        let forget = doc! { "$unset": { "union_id": "" } };
        self.connections.identities.update_one(noted, forget).await?;
        Ok(())
    }

    /// Records the conflict, unless it is known; the recorded one.
    async fn report(
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
            self.look_again(named).await?;
        }
        convert::conflict(&conflict)
    }

    /// What has just been written about a user goes with the user, should they have been erased in the
    /// meantime.
    async fn look_again(&self, user_id: Uuid) -> Result<(), Failure> {
        match self.connections.user(user_id).await? {
            Some(_) => Ok(()),
            None => self.connections.clear_away(user_id).await,
        }
    }
}

/// The mark that there will be no user with this id.
fn superseded(id: Uuid, by: Uuid, now: i64) -> User {
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
