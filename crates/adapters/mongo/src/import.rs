//! Users of the system that wxlogin replaces.
//!
//! The documents are written in the same order as by a login: the claim of the identity, which no port
//! shows, then the user's document with the legacy id and the audit event. A unique index gives a
//! legacy id to one user; an existing user gets it in one update of the version that was read.

use async_trait::async_trait;
use mongodb::bson::doc;
use wxlogin_domain::account::{ImportOutcome, ImportedUser, StoredIdentity, UnitOfWork};
use wxlogin_domain::ports::{ImportStore, StoreError};

use crate::convert;
use crate::database::Connections;
use crate::document::{Identity, User};
use crate::error::Failure;
use crate::outbox::entries;
use crate::unit::decide;

#[async_trait]
impl ImportStore for Connections {
    async fn import_user(&self, user: ImportedUser) -> Result<ImportOutcome, StoreError> {
        self.retry(user, |db, user| Box::pin(import(db, user))).await
    }
}

/// Tries once to import the user. After [`Failure::Conflict`] it has to be tried again.
async fn import(
    connections: &Connections,
    imported: &ImportedUser,
) -> Result<ImportOutcome, Failure> {
    // A legacy id that an unfinished merge hands over is not free.
    connections.finish_merges().await?;
    let mut unit = UnitOfWork::default();
    // Read before the identity: a user imported in between is then found by the identity.
    let legacy_id = imported.legacy_id.as_str();
    if let Some(holder) = connections.users.find_one(doc! { "legacy_id": legacy_id }).await? {
        let (current, _) = connections.named_user(holder.id).await?;
        let merged_into = (current != holder.id).then_some(current);
        unit.load_user(convert::stored_user(&holder, merged_into)?);
    }
    let key = doc! { "_id": convert::value(&convert::identity_key(&imported.identity))? };
    let identity = connections.identities.find_one(key).await?;
    let (user_id, user) = match &identity {
        Some(identity) => connections.named_user(identity.user_id).await?,
        None => (convert::to_bson(imported.new_user_id.as_uuid()), None),
    };
    // The claim of a user who was never created counts as no identity, but the user gets its id.
    let imported = ImportedUser { new_user_id: convert::user_id(user_id), ..imported.clone() };
    if let (Some(identity), Some(user)) = (&identity, &user) {
        unit.load_identity(convert::stored_identity(identity, user_id)?);
        unit.load_user(convert::stored_user(user, None)?);
    }
    let tag = imported.tombstones.identity;
    let tombstones = match user {
        Some(_) => Vec::new(),
        None => connections.find_tombstones([tag].into_iter()).await?,
    };
    for tombstone in &tombstones {
        unit.load_tombstone(convert::tombstone(tombstone)?);
    }
    let (outcome, changes) = decide(unit, &imported)?;
    match (user, changes.users.inserted.first(), changes.identities.inserted.first()) {
        (Some(user), _, _) => {
            connections.save_user(user, &changes, Vec::new()).await?;
        }
        (None, Some(made), Some(row)) => {
            claim_identity(connections, identity, row, &imported).await?;
            // Somebody with this identity may have been banned and erased before it was claimed.
            if connections.find_tombstones([tag].into_iter()).await?.len() != tombstones.len() {
                return Err(Failure::Conflict);
            }
            let user = User { outbox: entries(&changes), ..convert::new_user(&made.user) };
            connections.make_user(&user, &convert::identity_key(&imported.identity)).await?;
            connections.deliver_now(user_id, &user.outbox).await;
            let lifted = changes.tombstones.deleted.iter().map(|tag| convert::binary(&tag.0));
            let lifted = doc! { "_id": { "$in": lifted.collect::<Vec<_>>() } };
            connections.tombstones.delete_many(lifted).await?;
        }
        (None, _, _) => {}
    }
    Ok(outcome)
}

/// Claims the identity for the user, with the session key, so that the key exists when the user does.
async fn claim_identity(
    connections: &Connections,
    claimed: Option<Identity>,
    row: &StoredIdentity,
    imported: &ImportedUser,
) -> Result<(), Failure> {
    match claimed {
        None => {
            let claim = convert::to_bson(imported.event.id);
            connections.identities.insert_one(convert::new_identity(row, claim)).await?;
            Ok(())
        }
        // The claim of an interrupted login may have a later key.
        Some(claimed) if claimed.session_key_at.is_some() || row.session_key.is_none() => Ok(()),
        Some(claimed) => connections.rewrite_session_keys(&claimed, row).await,
    }
}
