use mongodb::bson::{Binary, Uuid, doc};
use wxlogin_domain::model::UserStatus;

use crate::commands::all;
use crate::convert;
use crate::database::{Connections, retry_on_conflict};
use crate::document::{ERASED, Mark, SUPERSEDED, User};
use crate::error::Failure;

impl Connections {
    /// Finishes the erasures, merges and deliveries that a crash interrupted.
    pub(crate) async fn finish_interrupted_work(&self) -> Result<(), Failure> {
        let mut marked = self.users.find(doc! { ERASED: { "$exists": true } }).await?;
        while marked.advance().await? {
            self.finish_erasure(&marked.deserialize_current()?).await?;
        }
        self.finish_merges().await?;
        self.deliver_all().await
    }

    /// Removes the remaining data of a user whose document is marked as erased.
    pub(crate) async fn finish_erasure(&self, marked: &User) -> Result<(), Failure> {
        let Some(Mark::ErasedAt(at)) = marked.mark else { return Ok(()) };
        self.deliver(marked.id, &marked.outbox).await?;
        if convert::status(marked.status)? == UserStatus::Disabled {
            self.keep_ban(marked.id, at).await?;
        }
        self.remove_references(marked.id).await?;
        self.users.delete_one(doc! { "_id": marked.id, ERASED: { "$exists": true } }).await?;
        Ok(())
    }

    /// Removes every reference to the user with this id, unless the user exists.
    pub(crate) async fn remove_traces(&self, id: Uuid) -> Result<(), Failure> {
        match self.users.find_one(doc! { "_id": id }).await? {
            Some(found) => self.finish_erasure(&found).await,
            None => self.remove_references(id).await,
        }
    }

    /// Writes tombstones of the identities and unionids of a banned user.
    async fn keep_ban(&self, user: Uuid, at: i64) -> Result<(), Failure> {
        let of_user = doc! { "user_id": { "$in": self.ids_of(user).await? } };
        let identities = all(self.identities.find(of_user.clone()).await?).await?.into_iter();
        let union_ids = all(self.union_ids.find(of_user).await?).await?.into_iter();
        let tags = identities.map(|identity| (identity.tombstone, Some(identity.key.app_id)));
        let tags = tags.chain(union_ids.map(|owned| (owned.tombstone, None))).collect();
        self.write_tombstones(user, tags, at).await
    }

    /// Writes tombstones, each a tag and the app of the identity. Those of unionids name no app.
    pub(crate) async fn write_tombstones(
        &self,
        user: Uuid,
        tags: Vec<(Binary, Option<String>)>,
        at: i64,
    ) -> Result<(), Failure> {
        let upsert = |(tag, app_id): (Binary, Option<String>)| {
            let mut set = doc! { "user_id": user, "created_at": at };
            set.extend(app_id.map(|app_id| ("app_id".to_owned(), app_id.into())));
            doc! { "q": { "_id": tag }, "u": { "$set": set }, "upsert": true }
        };
        let upserts = tags.into_iter().map(upsert).collect::<Vec<_>>();
        retry_on_conflict(|| self.update_each("tombstones", upserts.clone())).await
    }

    /// Removes the references to the user in other documents.
    async fn remove_references(&self, user: Uuid) -> Result<(), Failure> {
        let ids = doc! { "$in": self.ids_of(user).await? };
        self.union_ids.delete_many(doc! { "user_id": &ids }).await?;
        self.identities.delete_many(doc! { "user_id": &ids }).await?;
        let named = [doc! { "user_id": &ids }, doc! { "owner_id": &ids }];
        self.conflicts.delete_many(doc! { "$or": named.to_vec() }).await?;
        self.users.delete_many(doc! { SUPERSEDED: ids }).await?;
        Ok(())
    }
}
