use mongodb::bson::{Binary, Document, Uuid, doc};
use wxlogin_domain::model::UserStatus;

use crate::convert;
use crate::database::{Connections, persist};
use crate::document::{ERASED, Mark, SUPERSEDED, User};
use crate::error::Failure;

impl Connections {
    /// Does what a crash has kept from being done.
    pub(crate) async fn finish_what_was_held_up(&self) -> Result<(), Failure> {
        let mut marked = self.users.find(doc! { ERASED: { "$exists": true } }).await?;
        while marked.advance().await? {
            self.finish_erasure(&marked.deserialize_current()?).await?;
        }
        self.empty_outboxes().await
    }

    /// Removes everything that is left of a user whose document is marked as erased.
    pub(crate) async fn finish_erasure(&self, marked: &User) -> Result<(), Failure> {
        let Some(Mark::ErasedAt(at)) = marked.mark else { return Ok(()) };
        self.move_on(marked.id, &marked.outbox).await?;
        if convert::status(marked.status)? == UserStatus::Disabled {
            self.bury(marked.id, at).await?;
        }
        self.sweep(marked.id).await?;
        self.users.delete_one(doc! { "_id": marked.id, ERASED: { "$exists": true } }).await?;
        Ok(())
    }

    /// Removes whatever names the user with this id, unless there is such a user.
    pub(crate) async fn clear_away(&self, id: Uuid) -> Result<(), Failure> {
        match self.users.find_one(doc! { "_id": id }).await? {
            Some(found) => self.finish_erasure(&found).await,
            None => self.sweep(id).await,
        }
    }

    /// Makes tombstones of a disabled user's identities and unionids.
    async fn bury(&self, user: Uuid, at: i64) -> Result<(), Failure> {
        let of_user = doc! { "user_id": { "$in": self.ids_of(user).await? } };
        let mut tags = Vec::new();
        let mut identities = self.identities.find(of_user.clone()).await?;
        while identities.advance().await? {
            tags.push(identities.deserialize_current()?.tombstone);
        }
        let mut union_ids = self.union_ids.find(of_user).await?;
        while union_ids.advance().await? {
            tags.push(union_ids.deserialize_current()?.tombstone);
        }
        let tombstones = tags.into_iter().map(|tag| tombstone(tag, user, at)).collect::<Vec<_>>();
        persist(|| self.update_each("tombstones", tombstones.clone())).await
    }

    /// Removes what names the user in other documents.
    async fn sweep(&self, user: Uuid) -> Result<(), Failure> {
        let ids = doc! { "$in": self.ids_of(user).await? };
        self.union_ids.delete_many(doc! { "user_id": &ids }).await?;
        self.identities.delete_many(doc! { "user_id": &ids }).await?;
        let named = [doc! { "user_id": &ids }, doc! { "owner_id": &ids }];
        self.conflicts.delete_many(doc! { "$or": named.to_vec() }).await?;
        self.users.delete_many(doc! { SUPERSEDED: user }).await?;
        Ok(())
    }
}

fn tombstone(tag: Binary, user: Uuid, at: i64) -> Document {
    doc! {
        "q": { "_id": tag },
        "u": { "$set": { "user_id": user, "created_at": at } },
        "upsert": true,
    }
}
