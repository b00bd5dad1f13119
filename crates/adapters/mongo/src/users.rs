//! A user's document: found, and written over the version that was read.

use std::collections::HashMap;

use mongodb::bson::{Document, Uuid, doc};

use crate::convert;
use crate::database::Connections;
use crate::document::{IdentityKey, Mark, Outgoing, Outline, SUPERSEDED, User};
use crate::error::Failure;

/// How many marks are followed from one to the next. More than one in a row takes several logins
/// that broke off.
const LONGEST_CHAIN: usize = 8;

/// What every update leaves as it is, or writes in a way of its own.
const KEPT: [&str; 5] = ["_id", "version", "first_session", "outbox", "mark"];

/// What goes when there is nothing to store.
const OPTIONAL: [&str; 7] =
    ["nickname", "avatar_url", "legacy_id", "phone", "phone_tag", "erase_at", "replay_tags"];

/// Every user, and no mark in the place of one.
pub(crate) fn users() -> Document {
    doc! { "mark": { "$exists": false } }
}

/// The user with this id, and not a mark in its place.
pub(crate) fn one_user(id: Uuid) -> Document {
    doc! { "_id": id, "mark": { "$exists": false } }
}

impl Connections {
    /// The user with this id, if there is one. What was begun about the user is finished first.
    pub(crate) async fn user(&self, id: Uuid) -> Result<Option<User>, Failure> {
        let Some(user) = self.users.find_one(doc! { "_id": id }).await? else { return Ok(None) };
        match user.mark {
            None => {
                if identities_lag_behind(&user) {
                    Box::pin(self.move_on(id, &user.outbox)).await?;
                }
                Ok(Some(user))
            }
            Some(Mark::MergingInto(_)) => {
                self.finish_merge(id).await?;
                Ok(self.users.find_one(one_user(id)).await?)
            }
            Some(Mark::SupersededBy(_) | Mark::ErasedAt(_)) => Ok(None),
        }
    }

    /// The user who has such a session, which may just be on its way from one user to another.
    pub(crate) async fn user_with(&self, session: Document) -> Result<Option<User>, Failure> {
        if let Some(user) = self.users.find_one(session.clone()).await? {
            return Ok(Some(user));
        }
        self.finish_merges().await?;
        Ok(self.users.find_one(session).await?)
    }

    /// The user that is meant by an id, and what stands in the place of the user, if anything does;
    /// that may be the mark of an erasure. It is a conflict when something has to be finished first,
    /// which is done by then.
    pub(crate) async fn follow(&self, id: Uuid) -> Result<(Uuid, Option<User>), Failure> {
        let (id, found) = self.stand_in(id).await?;
        let Some(user) = &found else { return Ok((id, None)) };
        match user.mark {
            Some(Mark::MergingInto(_)) => self.finish_merge(id).await?,
            None if identities_lag_behind(user) => {
                Box::pin(self.move_on(id, &user.outbox)).await?;
            }
            Some(Mark::SupersededBy(_) | Mark::ErasedAt(_)) | None => return Ok((id, found)),
        }
        Err(Failure::Conflict)
    }

    /// The user that is meant by an id, and what stands in the place of the user, if anything does:
    /// the user, or the mark of something that is under way.
    pub(crate) async fn stand_in(&self, id: Uuid) -> Result<(Uuid, Option<User>), Failure> {
        let mut id = id;
        for _ in 0..LONGEST_CHAIN {
            let found = self.users.find_one(doc! { "_id": id }).await?;
            match found.as_ref().and_then(|user| user.mark) {
                Some(Mark::SupersededBy(other)) => id = other,
                Some(Mark::ErasedAt(_) | Mark::MergingInto(_)) | None => return Ok((id, found)),
            }
        }
        Err(Failure::Unexpected("users supersede each other in a circle".into()))
    }

    /// The user that is meant by an id, and their document if there is one by now. When the id is
    /// that of a user who was erased, what is left of them goes, and it is a conflict: whoever asked
    /// has read something that is not there any more.
    pub(crate) async fn resolve(&self, id: Uuid) -> Result<(Uuid, Option<User>), Failure> {
        let (id, found) = self.follow(id).await?;
        let was_erased = match &found {
            Some(user) => user.mark.is_some(),
            // Nothing is told of a user before there is one.
            None => self.audit_events.find_one(doc! { "user_id": id }).await?.is_some(),
        };
        if was_erased {
            self.clear_away(id).await?;
            return Err(Failure::Conflict);
        }
        Ok((id, found))
    }

    /// Which users these ids mean, as far as there are such users.
    pub(crate) async fn meant(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, Uuid>, Failure> {
        let outlines = self.users.clone_with_type::<Outline>();
        let mut meant = HashMap::new();
        let mut asked = ids.iter().map(|id| (*id, vec![*id])).collect::<HashMap<_, _>>();
        for _ in 0..LONGEST_CHAIN {
            if asked.is_empty() {
                break;
            }
            let these = asked.keys().copied().collect::<Vec<_>>();
            let these = doc! { "_id": { "$in": these } };
            let mut found = outlines.find(these).projection(doc! { "mark": 1 }).await?;
            let mut next = HashMap::<Uuid, Vec<Uuid>>::new();
            while found.advance().await? {
                let outline = found.deserialize_current()?;
                let from = asked.remove(&outline.id).unwrap_or_default();
                match outline.mark {
                    None | Some(Mark::MergingInto(_)) => {
                        meant.extend(from.into_iter().map(|id| (id, outline.id)));
                    }
                    Some(Mark::SupersededBy(other)) => next.entry(other).or_default().extend(from),
                    Some(Mark::ErasedAt(_)) => {}
                }
            }
            asked = next;
        }
        Ok(meant)
    }

    /// Every id that means this user.
    pub(crate) async fn ids_of(&self, user: Uuid) -> Result<Vec<Uuid>, Failure> {
        let outlines = self.users.clone_with_type::<Outline>();
        let mut ids = Vec::new();
        let mut new = vec![user];
        while !new.is_empty() {
            let these = doc! { SUPERSEDED: { "$in": &new } };
            ids.append(&mut new);
            let mut marks = outlines.find(these).projection(doc! { "mark": 1 }).await?;
            while marks.advance().await? {
                new.push(marks.deserialize_current()?.id);
            }
        }
        Ok(ids)
    }

    /// Makes the user whom an identity names by now.
    ///
    /// The identity may have been somebody's in the meantime, made by a login that was quicker, and
    /// gone with them. Then this user would be known by nobody, and goes too.
    pub(crate) async fn make_user(
        &self,
        user: &User,
        identity: &IdentityKey,
    ) -> Result<(), Failure> {
        self.users.insert_one(user).await?;
        let named = doc! { "_id": convert::value(identity)?, "user_id": user.id };
        if self.identities.find_one(named).await?.is_some() {
            return Ok(());
        }
        self.users.delete_one(doc! { "_id": user.id, "version": user.version }).await?;
        Err(Failure::Conflict)
    }

    /// Writes the user over the version that was read, together with what follows from the change;
    /// the user as stored then.
    pub(crate) async fn rewrite(
        &self,
        mut user: User,
        outgoing: &[Outgoing],
    ) -> Result<User, Failure> {
        let as_read = doc! { "_id": user.id, "version": user.version };
        let mut set = convert::document(&user)?;
        for field in KEPT {
            set.remove(field);
        }
        user.version += 1;
        set.insert("version", user.version);
        let absent = OPTIONAL.iter().filter(|field| !set.contains_key(**field));
        let absent = absent.map(|field| ((*field).to_owned(), "".into())).collect::<Document>();
        let mut update = doc! { "$set": set };
        if !absent.is_empty() {
            update.insert("$unset", absent);
        }
        if !outgoing.is_empty() {
            update.insert("$push", doc! { "outbox": { "$each": convert::value(&outgoing)? } });
        }
        one_matched(self.users.update_one(as_read, update).await?.matched_count)?;
        self.hand_over(user.id, outgoing).await;
        Ok(user)
    }
}

/// Whether other collections do not have it yet which identities are the user's, or that a ban on
/// one that went is lifted.
fn identities_lag_behind(user: &User) -> bool {
    user.outbox.iter().any(|one| match one {
        Outgoing::Tombstones { .. } | Outgoing::Lifted { .. } | Outgoing::Users { .. } => true,
        Outgoing::AuditEvents(_) | Outgoing::Revocations { .. } | Outgoing::Identities { .. } => {
            false
        }
    })
}

/// An update that has found nothing is late: somebody else has changed the document.
pub(crate) fn one_matched(matched: u64) -> Result<(), Failure> {
    if matched == 1 { Ok(()) } else { Err(Failure::Conflict) }
}
