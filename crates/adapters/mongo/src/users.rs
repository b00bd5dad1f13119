//! Reads a user's document, and writes it with compare-and-set.

use std::collections::HashMap;

use mongodb::bson::{Document, Uuid, doc};

use crate::commands::all;
use crate::convert;
use crate::database::Connections;
use crate::document::{IdentityKey, Mark, OutboxEntry, SUPERSEDED, User, UserMark};
use crate::error::Failure;

/// How many marks are followed from one id to the next. More than one in a row takes several
/// interrupted logins or merges.
const LONGEST_CHAIN: usize = 8;

/// The fields that [`Connections::rewrite`] leaves alone or writes separately.
const KEPT: [&str; 5] = ["_id", "version", "first_session", "outbox", "mark"];

/// The fields that are removed when they have no value.
const OPTIONAL: [&str; 8] = [
    "nickname",
    "avatar_url",
    "legacy_id",
    "phone",
    "phone_tag",
    "phone_tags",
    "erase_at",
    "replay_tags",
];

/// Matches every user whose document has no mark.
pub(crate) fn users() -> Document {
    doc! { "mark": { "$exists": false } }
}

/// Matches the user with this id if the document has no mark.
pub(crate) fn live_user(id: Uuid) -> Document {
    doc! { "_id": id, "mark": { "$exists": false } }
}

impl Connections {
    /// Returns the user with this id, if it exists, after finishing interrupted steps on it.
    pub(crate) async fn user(&self, id: Uuid) -> Result<Option<User>, Failure> {
        let Some(user) = self.users.find_one(doc! { "_id": id }).await? else { return Ok(None) };
        match user.mark {
            None => {
                if affects_identities(&user) {
                    Box::pin(self.deliver(id, &user.outbox)).await?;
                }
                Ok(Some(user))
            }
            Some(Mark::MergingInto(_)) => {
                self.finish_merge(id).await?;
                Ok(self.users.find_one(live_user(id)).await?)
            }
            Some(Mark::SupersededBy(_) | Mark::ErasedAt(_)) => Ok(None),
        }
    }

    /// Returns the user with such a session. An interrupted merge may hide it, so merges are finished
    /// before the answer is none.
    pub(crate) async fn user_with(&self, session: Document) -> Result<Option<User>, Failure> {
        if let Some(user) = self.users.find_one(session.clone()).await? {
            return Ok(Some(user));
        }
        self.finish_merges().await?;
        Ok(self.users.find_one(session).await?)
    }

    /// Follows an id to the current user: the current id, and the document if one exists, which may
    /// be marked as erased. If interrupted steps had to be finished first, it returns
    /// [`Failure::Conflict`] after finishing them.
    pub(crate) async fn current_user(&self, id: Uuid) -> Result<(Uuid, Option<User>), Failure> {
        let (id, found) = self.current_document(id).await?;
        let Some(user) = &found else { return Ok((id, None)) };
        match user.mark {
            Some(Mark::MergingInto(_)) => self.finish_merge(id).await?,
            None if affects_identities(user) => {
                Box::pin(self.deliver(id, &user.outbox)).await?;
            }
            Some(Mark::SupersededBy(_) | Mark::ErasedAt(_)) | None => return Ok((id, found)),
        }
        Err(Failure::Conflict)
    }

    /// Follows an id to the current document, if one exists. It may have a mark of an erasure or merge
    /// in progress.
    pub(crate) async fn current_document(&self, id: Uuid) -> Result<(Uuid, Option<User>), Failure> {
        let mut id = id;
        for _ in 0..LONGEST_CHAIN {
            let found = self.users.find_one(doc! { "_id": id }).await?;
            match found.as_ref().and_then(|user| user.mark) {
                Some(Mark::SupersededBy(other)) => id = other,
                Some(Mark::ErasedAt(_) | Mark::MergingInto(_)) | None => return Ok((id, found)),
            }
        }
        Err(Failure::Unexpected("users supersede each other in a cycle".into()))
    }

    /// Follows the id that an identity or a unionid names to the current user, who may not have been
    /// created yet. If the user was erased, it removes what is left of them and returns
    /// [`Failure::Conflict`], because the caller has read a document that is gone now.
    pub(crate) async fn named_user(&self, id: Uuid) -> Result<(Uuid, Option<User>), Failure> {
        let (id, found) = self.current_user(id).await?;
        let was_erased = match &found {
            Some(user) => user.mark.is_some(),
            // A user has audit events only once it has been created.
            None => self.audit_events.find_one(doc! { "user_id": id }).await?.is_some(),
        };
        if was_erased {
            self.remove_traces(id).await?;
            return Err(Failure::Conflict);
        }
        Ok((id, found))
    }

    /// Maps ids to the ids of the current users, as far as those exist.
    pub(crate) async fn current_ids(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, Uuid>, Failure> {
        let marks = self.users.clone_with_type::<UserMark>();
        let mut current = HashMap::new();
        let mut asked = ids.iter().map(|id| (*id, vec![*id])).collect::<HashMap<_, _>>();
        for _ in 0..LONGEST_CHAIN {
            if asked.is_empty() {
                break;
            }
            let these = asked.keys().copied().collect::<Vec<_>>();
            let these = doc! { "_id": { "$in": these } };
            let mut next = HashMap::<Uuid, Vec<Uuid>>::new();
            for mark in all(marks.find(these).projection(doc! { "mark": 1 }).await?).await? {
                let from = asked.remove(&mark.id).unwrap_or_default();
                match mark.mark {
                    None | Some(Mark::MergingInto(_)) => {
                        current.extend(from.into_iter().map(|id| (id, mark.id)));
                    }
                    Some(Mark::SupersededBy(other)) => next.entry(other).or_default().extend(from),
                    Some(Mark::ErasedAt(_)) => {}
                }
            }
            asked = next;
        }
        Ok(current)
    }

    /// Returns the id of the user and every id that it supersedes.
    pub(crate) async fn ids_of(&self, user: Uuid) -> Result<Vec<Uuid>, Failure> {
        let marks = self.users.clone_with_type::<UserMark>();
        let mut ids = Vec::new();
        let mut new = vec![user];
        while !new.is_empty() {
            let these = doc! { SUPERSEDED: { "$in": &new } };
            ids.append(&mut new);
            let found = all(marks.find(these).projection(doc! { "mark": 1 }).await?).await?;
            new.extend(found.iter().map(|mark| mark.id));
        }
        Ok(ids)
    }

    /// Inserts the user whom an identity names.
    ///
    /// A faster login may have created the user in the meantime, and an erasure may have removed it
    /// with the identity. Then this user would have no identity, so it is removed again.
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

    /// Replaces the version that was read, adds the entries to the outbox, and delivers them. Returns
    /// the user as stored.
    pub(crate) async fn rewrite(
        &self,
        mut user: User,
        entries: &[OutboxEntry],
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
        if !entries.is_empty() {
            update.insert("$push", doc! { "outbox": { "$each": convert::value(&entries)? } });
        }
        one_matched(self.users.update_one(as_read, update).await?.matched_count)?;
        self.deliver_now(user.id, entries).await;
        Ok(user)
    }
}

/// Whether the outbox has entries that decide which identities belong to the user or are banned.
pub(crate) fn affects_identities(user: &User) -> bool {
    user.outbox.iter().any(|one| match one {
        OutboxEntry::RemoveIdentity { .. }
        | OutboxEntry::LiftBan { .. }
        | OutboxEntry::TakeUnionId { .. }
        | OutboxEntry::Supersede { .. } => true,
        OutboxEntry::AuditEvent(_)
        | OutboxEntry::Revocation { .. }
        | OutboxEntry::ClearSessionKeys { .. } => false,
    })
}

/// An update that matched nothing is a conflict: another writer has changed the document.
pub(crate) fn one_matched(matched: u64) -> Result<(), Failure> {
    if matched == 1 { Ok(()) } else { Err(Failure::Conflict) }
}
