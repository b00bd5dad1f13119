//! Erases an identity of a user who has others.
//!
//! One update removes the sessions of the identity from the user's document and puts an outbox entry
//! there that removes the identity. Whoever reaches the user through the identity delivers that entry
//! first (`Connections::current_user`).

use mongodb::bson::{Uuid, doc};
use wxlogin_domain::account::{Changes, IdentityErasure, UnitOfWork};
use wxlogin_domain::model::{Timestamp, UserId};

use crate::convert;
use crate::database::Connections;
use crate::document::{Identity, IdentityKey, OutboxEntry, User};
use crate::error::Failure;
use crate::unit::{decide, load_user};

impl Connections {
    /// Tries once to erase the identity. After [`Failure::Conflict`] it has to be tried again.
    pub(crate) async fn erase_identity(
        &self,
        erasure: &IdentityErasure,
    ) -> Result<Option<UserId>, Failure> {
        let mut unit = UnitOfWork::default();
        let key = convert::value(&convert::identity_key(&erasure.identity))?;
        let found = self.identities.find_one(doc! { "_id": key }).await?;
        let user = match &found {
            Some(identity) => self.named_user(identity.user_id).await?.1,
            None => None,
        };
        let (Some(identity), Some(user)) = (found, user) else {
            // The claim of a user who was never created counts as no identity.
            unit.missing(erasure);
            let events = unit.missing(erasure).events;
            self.load_events(&mut unit, events).await?;
            return decide(unit, erasure).map(|(outcome, _)| outcome);
        };
        load_user(&mut unit, &user)?;
        unit.load_identity(convert::stored_identity(&identity, user.id)?);
        self.load_identities(&mut unit, user.id).await?;
        let (outcome, changes) = decide(unit, erasure)?;
        // Compare-and-set with the version that was read before the other identities: a login that added
        // one in the meantime has changed it.
        if changes.users.deleted.is_empty() {
            let entry = removal(identity, &user, erasure.event.at, &changes);
            self.save_user(user, &changes, vec![entry]).await?;
        } else {
            let marked = self.mark_erased(user, erasure.event.at, &changes).await?;
            self.finish_erasure(&marked).await?;
        }
        Ok(outcome)
    }

    /// Removes this claim of an identity, and its conflicts. A late call finds that the identity is gone,
    /// or that another login has claimed it again; that claim stays.
    pub(crate) async fn remove_identity(
        &self,
        key: &IdentityKey,
        claim: Option<Uuid>,
        conflicts_until: i64,
    ) -> Result<(), Failure> {
        let recorded = doc! {
            "_id.app_id": &key.app_id,
            "_id.open_id": &key.open_id,
            "first_seen_at": { "$lte": conflicts_until },
        };
        self.conflicts.delete_many(recorded).await?;
        let claimed = doc! { "_id": convert::value(key)?, "claim": claim };
        self.identities.delete_one(claimed).await?;
        Ok(())
    }
}

/// The outbox entry that removes the identity.
pub(super) fn removal(
    identity: Identity,
    user: &User,
    at: Timestamp,
    changes: &Changes,
) -> OutboxEntry {
    let at = at.as_millis();
    let mut tombstones = changes.tombstones.inserted.iter().map(|row| convert::binary(&row.tag.0));
    let tombstone = tombstones.find(|tag| *tag == identity.tombstone);
    OutboxEntry::RemoveIdentity {
        identity: identity.key,
        claim: identity.claim,
        conflicts_until: user.logins_until().max(at),
        tombstone,
        at,
    }
}
