//! How an identity goes while its user stays.
//!
//! The user's document loses the sessions, and its outbox says that the identity is to go; whoever
//! comes to the user through the identity sees to that first (`Connections::follow`).

use mongodb::bson::{Document, doc};
use wxlogin_domain::model::{UserId, UserStatus};
use wxlogin_domain::ports::{Erasure, ErasureStep, IdentityErasure};

use crate::convert;
use crate::database::{Connections, persist};
use crate::document::{Identity, IdentityKey, Outgoing, User};
use crate::error::Failure;
use crate::outbox::{revoked, told};
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
        let (id, Some(user)) = self.resolve(identity.user_id).await? else { return Ok(None) };
        let user_id = UserId::from_uuid(convert::from_bson(id));
        let mut event = erasure.event.clone();
        event.user_id = user_id;
        let others = doc! { "user_id": { "$in": self.ids_of(id).await? }, "_id": { "$ne": key } };
        if self.identities.find_one(others).await?.is_some() {
            let erasure = IdentityErasure { event, ..erasure.clone() };
            self.part_with(user, identity, &erasure).await?;
            return Ok(Some(user_id));
        }
        let (step, tokens_until) = (ErasureStep::Complete, erasure.tokens_until);
        let whole = Erasure { user_id, step, tokens_until, event };
        if self.erase(&whole).await? { Ok(Some(user_id)) } else { Err(Failure::Conflict) }
    }

    async fn part_with(
        &self,
        mut user: User,
        identity: Identity,
        erasure: &IdentityErasure,
    ) -> Result<(), Failure> {
        let mut sessions = Sessions::of(&user)?;
        let through = sessions.end_through(&identity.key);
        sessions.put_into(&mut user);
        let at = erasure.event.at.as_millis();
        let is_disabled = convert::status(user.status)? == UserStatus::Disabled;
        let mut outgoing = told(std::slice::from_ref(&erasure.event)).collect::<Vec<_>>();
        outgoing.extend(revoked(through, erasure.tokens_until));
        outgoing.push(Outgoing::Tombstones {
            identity: identity.key,
            // No key of the identity is later, however the clocks of two instances differ.
            keys_until: identity.session_key_at.unwrap_or(at).max(user.last_login_at).max(at),
            tombstone: is_disabled.then_some(identity.tombstone),
            at,
        });
        self.rewrite(user, &outgoing).await?;
        Ok(())
    }

    /// Removes an identity and what was noted about it, unless a later login has brought it back.
    pub(crate) async fn remove_identity(
        &self,
        key: &IdentityKey,
        keys_until: i64,
        tombstone: Option<Document>,
    ) -> Result<(), Failure> {
        persist(|| self.update_each("tombstones", tombstone.iter().cloned().collect())).await?;
        let later = doc! { "$gt": keys_until };
        let noted = doc! {
            "_id.app_id": &key.app_id,
            "_id.open_id": &key.open_id,
            "first_seen_at": { "$not": &later },
        };
        self.conflicts.delete_many(noted).await?;
        let one = doc! { "_id": convert::value(key)?, "session_key_at": { "$not": later } };
        self.identities.delete_one(one).await?;
        Ok(())
    }
}
