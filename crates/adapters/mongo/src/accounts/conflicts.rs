use std::collections::HashMap;

use async_trait::async_trait;
use mongodb::bson::{self, Binary, Document, doc};
use uuid::Uuid;
use wxlogin_domain::account::{AcceptanceOutcome, UnionIdAcceptance, UnitOfWork};
use wxlogin_domain::model::{UnionConflict, UserId, VisibleApps};
use wxlogin_domain::ports::{ConflictStore, StoreError};

use crate::commands::{all, in_apps, insert_new};
use crate::convert;
use crate::database::Connections;
use crate::document::{self, Conflict, ConflictKey, IdentityKey, OutboxEntry, UnionId};
use crate::error::Failure;
use crate::unit::{decide, load_user};

#[async_trait]
impl ConflictStore for Connections {
    async fn page_conflicts(
        &self,
        apps: &VisibleApps,
        of: Option<UserId>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<UnionConflict>, StoreError> {
        let these = in_apps("_id.app_id", apps);
        self.call(|db| async move { db.page_conflicts(these, of, after, limit).await }).await
    }

    async fn conflicts_between(
        &self,
        apps: &VisibleApps,
        users: [UserId; 2],
    ) -> Result<Vec<UnionConflict>, StoreError> {
        let these = in_apps("_id.app_id", apps);
        self.call(|db| async move { db.conflicts_between(these, users).await }).await
    }

    async fn find_conflict(&self, id: Uuid) -> Result<Option<UnionConflict>, StoreError> {
        self.call(|db| async move {
            db.finish_merges().await?;
            let found = db.conflicts.find(doc! { "id": convert::to_bson(id) }).await?;
            Ok(db.open_conflicts(all(found).await?).await?.pop())
        })
        .await
    }

    async fn accept_union_id(
        &self,
        acceptance: UnionIdAcceptance,
    ) -> Result<AcceptanceOutcome, StoreError> {
        self.retry(acceptance, |db, acceptance| Box::pin(db.accept_union_id(acceptance))).await
    }
}

impl Connections {
    async fn page_conflicts(
        &self,
        mut these: Document,
        of: Option<UserId>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<UnionConflict>, Failure> {
        self.finish_merges().await?;
        if let Some(of) = of {
            let ids = self.ids_of(convert::to_bson(of.as_uuid())).await?;
            let owned =
                all(self.union_ids.find(doc! { "user_id": { "$in": &ids } }).await?).await?;
            let owned = owned.into_iter().map(|owned| owned.union_id).collect::<Vec<_>>();
            let names =
                [doc! { "user_id": { "$in": ids } }, doc! { "_id.union_id": { "$in": owned } }];
            these.insert("$or", names.to_vec());
        }
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut after = after.map(convert::to_bson);
        let mut page = Vec::new();
        while page.len() < wanted {
            if let Some(after) = after {
                these.insert("id", doc! { "$gt": after });
            }
            let found = self.conflicts.find(these.clone()).sort(doc! { "id": 1 });
            let found = all(found.limit(i64::from(limit)).await?).await?;
            let Some(last) = found.last() else { break };
            after = Some(last.id);
            page.extend(self.open_conflicts(found).await?);
        }
        page.truncate(wanted);
        Ok(page)
    }

    async fn conflicts_between(
        &self,
        mut these: Document,
        users: [UserId; 2],
    ) -> Result<Vec<UnionConflict>, Failure> {
        self.finish_merges().await?;
        let users = users.map(|user| convert::to_bson(user.as_uuid()));
        these.insert("user_id", doc! { "$in": users.to_vec() });
        let found = self.conflicts.find(these).sort(doc! { "id": 1 }).await?;
        let mut conflicts = self.open_conflicts(all(found).await?).await?;
        let users = users.map(convert::user_id);
        conflicts.retain(|conflict| conflict.owner.is_some_and(|owner| users.contains(&owner)));
        Ok(conflicts)
    }

    /// Names the present users and owners, and leaves out what is settled.
    async fn open_conflicts(
        &self,
        mut conflicts: Vec<Conflict>,
    ) -> Result<Vec<UnionConflict>, Failure> {
        let owners = self.union_owners(&conflicts).await?;
        let named = conflicts.iter().flat_map(Conflict::users);
        let current =
            self.current_ids(&named.chain(owners.values().copied()).collect::<Vec<_>>()).await?;
        // Conflicts of a user who is being erased are about to be removed.
        conflicts.retain(|conflict| conflict.users().all(|user| current.contains_key(&user)));
        for conflict in &mut conflicts {
            conflict.user_id = current[&conflict.user_id];
            let owner = owners.get(&conflict.key.union_id).and_then(|owner| current.get(owner));
            conflict.owner_id = owner.copied();
        }
        conflicts.retain(|conflict| conflict.owner_id != Some(conflict.user_id));
        conflicts.iter().map(convert::conflict).collect()
    }

    async fn union_owners(
        &self,
        conflicts: &[Conflict],
    ) -> Result<HashMap<String, bson::Uuid>, Failure> {
        let named = conflicts.iter().map(|conflict| conflict.key.union_id.as_str());
        let owned = doc! { "_id": { "$in": named.collect::<Vec<_>>() } };
        let found = all(self.union_ids.find(owned).await?).await?;
        Ok(found.into_iter().map(|owned| (owned.union_id, owned.user_id)).collect())
    }

    /// Tries once to accept the unionid. After [`Failure::Conflict`] it has to be tried again.
    async fn accept_union_id(
        &self,
        acceptance: &UnionIdAcceptance,
    ) -> Result<AcceptanceOutcome, Failure> {
        let key = convert::conflict_key(&acceptance.conflict);
        let mut unit = UnitOfWork::default();
        let identity = convert::identity_key(&acceptance.conflict.identity);
        let one_identity = doc! { "_id": convert::value(&identity)? };
        let named = match self.identities.find_one(one_identity).await? {
            Some(found) => match self.named_user(found.user_id).await? {
                (id, Some(user)) => Some((convert::stored_identity(&found, id)?, user)),
                (_, None) => None,
            },
            None => None,
        };
        let Some((row, user)) = named else { return Ok(AcceptanceOutcome::NotFound) };
        unit.load_identity(row);
        load_user(&mut unit, &user)?;
        if let Some(owned) = self.union_ids.find_one(doc! { "_id": &key.union_id }).await? {
            match self.named_user(owned.user_id).await? {
                (id, Some(_)) => unit.load_union_owner(convert::union_owner(&owned, id)?),
                (claimed, None) => {
                    let now = acceptance.event.at;
                    return self.supersede_claim(claimed, user.id, now).await;
                }
            }
        }
        let one_conflict = doc! { "_id": convert::value(&key)? };
        match self.conflicts.find_one(one_conflict).await? {
            Some(conflict) => unit.load_conflict(convert::conflict(&conflict)?),
            None => self.load_events(&mut unit, [acceptance.event.id].into()).await?,
        }
        let (outcome, changes) = decide(unit, acceptance)?;
        if !changes.events.is_empty() {
            let tombstone = convert::binary(&acceptance.tombstone.0);
            let union_id = key.union_id;
            let entry = OutboxEntry::TakeUnionId { identity, union_id, tombstone };
            self.save_user(user, &changes, vec![entry]).await?;
        }
        Ok(outcome)
    }

    /// Makes the user the owner of a unionid, unless somebody else has come to own it.
    pub(crate) async fn take_union_id(
        &self,
        user: bson::Uuid,
        identity: &IdentityKey,
        union_id: &str,
        tombstone: &Binary,
    ) -> Result<(), Failure> {
        let (union_id, tombstone) = (union_id.to_owned(), tombstone.clone());
        let owned = UnionId { union_id, user_id: user, tombstone };
        insert_new(&self.union_ids, &owned).await?;
        let of_user = doc! { "$in": self.ids_of(user).await? };
        let own = doc! { "_id": &owned.union_id, "user_id": &of_user };
        if self.union_ids.find_one(own).await?.is_none() {
            return Ok(());
        }
        let of_identity = doc! { "_id": convert::value(identity)?, "user_id": of_user };
        let set = doc! { "$set": { "union_id": &owned.union_id } };
        self.identities.update_one(of_identity, set).await?;
        let document::IdentityKey { app_id, open_id } = identity.clone();
        let settled = ConflictKey { app_id, open_id, union_id: owned.union_id };
        self.conflicts.delete_one(doc! { "_id": convert::value(&settled)? }).await?;
        Ok(())
    }
}
