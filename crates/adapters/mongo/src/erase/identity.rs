//! How an identity goes while its user stays.
//!
//! The user's document loses the sessions, and its outbox says that the identity is to go; whoever
//! comes to the user through the identity sees to that first (`Connections::follow`).

use mongodb::bson::{Uuid, doc};
use wxlogin_domain::model::{UserId, UserStatus};
use wxlogin_domain::ports::{Erasure, ErasureStep, IdentityErasure};

use crate::convert;
use crate::database::Connections;
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
        // Over the version that was read before the others were looked for: a login that has brought
        // one since has moved it.
        let marked = self.mark(user, &whole).await?;
        self.finish_erasure(&marked).await?;
        Ok(Some(user_id))
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
            claim: identity.claim,
            // No login through it is later, however the clocks of two instances differ.
            noted_until: user.last_login_at.max(at),
            tombstone: is_disabled.then_some(identity.tombstone),
            at,
        });
        self.rewrite(user, &outgoing).await?;
        Ok(())
    }

    /// Removes an identity as it was claimed, and what was noted about it. Whoever is late finds
    /// that it is gone, or that another login has claimed it anew, which stays.
    pub(crate) async fn remove_identity(
        &self,
        key: &IdentityKey,
        claim: Option<Uuid>,
        noted_until: i64,
    ) -> Result<(), Failure> {
        let noted = doc! {
            "_id.app_id": &key.app_id,
            "_id.open_id": &key.open_id,
            "first_seen_at": { "$lte": noted_until },
        };
        self.conflicts.delete_many(noted).await?;
        let claimed = doc! { "_id": convert::value(key)?, "claim": claim };
        self.identities.delete_one(claimed).await?;
        Ok(())
    }
}
