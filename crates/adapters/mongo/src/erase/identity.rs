//! Erases an identity of a user who has others.
//!
//! One update removes the sessions of the identity from the user's document and puts an outbox entry
//! there that removes the identity. Whoever reaches the user through the identity delivers that entry
//! first (`Connections::current_user`).

use mongodb::bson::{Uuid, doc};
use wxlogin_domain::model::{UserId, UserStatus};
use wxlogin_domain::ports::{Erasure, ErasureStep, IdentityErasure};

use crate::convert;
use crate::database::Connections;
use crate::document::{Identity, IdentityKey, OutboxEntry, User};
use crate::error::Failure;
use crate::outbox::{audit_events, revocations};
use crate::user_sessions::Sessions;

impl Connections {
    /// Tries once to erase the identity. After [`Failure::Conflict`] it has to be tried again.
    pub(crate) async fn erase_identity(
        &self,
        erasure: &IdentityErasure,
    ) -> Result<Option<UserId>, Failure> {
        let key = convert::value(&convert::identity_key(&erasure.identity))?;
        let Some(identity) = self.identities.find_one(doc! { "_id": &key }).await? else {
            return Ok(None);
        };
        let (id, Some(user)) = self.named_user(identity.user_id).await? else { return Ok(None) };
        let user_id = UserId::from_uuid(convert::from_bson(id));
        let mut event = erasure.event.clone();
        event.user_id = user_id;
        let others = doc! { "user_id": { "$in": self.ids_of(id).await? }, "_id": { "$ne": key } };
        if self.identities.find_one(others).await?.is_some() {
            let erasure = IdentityErasure { event, ..erasure.clone() };
            self.remove_one_identity(user, identity, &erasure).await?;
            return Ok(Some(user_id));
        }
        let (step, tokens_until) = (ErasureStep::Complete, erasure.tokens_until);
        let whole = Erasure { user_id, step, tokens_until, event };
        // Compare-and-set with the version that was read before the other identities: a login that added
        // one in the meantime has changed it.
        let marked = self.mark(user, &whole).await?;
        self.finish_erasure(&marked).await?;
        Ok(Some(user_id))
    }

    async fn remove_one_identity(
        &self,
        mut user: User,
        identity: Identity,
        erasure: &IdentityErasure,
    ) -> Result<(), Failure> {
        let mut sessions = Sessions::of(&user)?;
        let through = sessions.end_of_identity(&identity.key);
        sessions.store_in(&mut user);
        let at = erasure.event.at.as_millis();
        let is_disabled = convert::status(user.status)? == UserStatus::Disabled;
        let mut entries = audit_events(std::slice::from_ref(&erasure.event)).collect::<Vec<_>>();
        entries.extend(revocations(through, erasure.tokens_until));
        entries.push(OutboxEntry::RemoveIdentity {
            identity: identity.key,
            claim: identity.claim,
            // Not earlier than any login of the identity, whatever the clock of its instance.
            conflicts_until: user.last_login_at.max(at),
            tombstone: is_disabled.then_some(identity.tombstone),
            at,
        });
        self.rewrite(user, &entries).await?;
        Ok(())
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
