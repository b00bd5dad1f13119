//! What follows from a user's change and belongs into other collections.
//!
//! The update that changes the user puts it into the user's `outbox`, so that one is never there
//! without the other, and it is moved on right afterwards. Should a crash or a lost connection hold
//! it up, whoever reads one of those collections moves it on first; an index of what waits makes
//! that cheap. Moving the same thing twice changes nothing.

use mongodb::bson::{Document, Uuid, doc};
use wxlogin_domain::model::{AuditEvent, Timestamp};
use wxlogin_domain::ports::StoreError;

use crate::convert;
use crate::database::{Connections, persist};
use crate::document::{self, OUTGOING, Outgoing};
use crate::erase;
use crate::error::Failure;

/// The audit events, on their way.
pub(crate) fn told(events: &[AuditEvent]) -> impl Iterator<Item = Outgoing> {
    events.iter().map(|event| Outgoing::AuditEvents(convert::stored_audit_event(event)))
}

/// The revocations of these sessions or users, on their way.
pub(crate) fn revoked(
    subjects: impl IntoIterator<Item = Uuid>,
    until: Timestamp,
) -> impl Iterator<Item = Outgoing> {
    let until = until.as_millis();
    subjects.into_iter().map(move |subject| Outgoing::Revocations { subject, until })
}

impl Connections {
    /// Moves on what has just been put into a user's outbox. It is safe there: a failure to move it
    /// must not undo the answer.
    pub(crate) async fn hand_over(&self, user: Uuid, outgoing: &[Outgoing]) {
        if let Err(failure) = self.move_on(user, outgoing).await {
            let error = StoreError::from(failure);
            tracing::warn!(%error, "what follows from a change stays with its user for now");
        }
    }

    /// Moves on whatever has not come further than its user's document.
    pub(crate) async fn empty_outboxes(&self) -> Result<(), Failure> {
        let mut held_up = self.users.find(doc! { OUTGOING: { "$exists": true } }).await?;
        while held_up.advance().await? {
            let user = held_up.deserialize_current()?;
            self.move_on(user.id, &user.outbox).await?;
        }
        Ok(())
    }

    pub(crate) async fn move_on(&self, user: Uuid, outgoing: &[Outgoing]) -> Result<(), Failure> {
        if outgoing.is_empty() {
            return Ok(());
        }
        let mut revocations = Vec::new();
        for one in outgoing {
            match one {
                Outgoing::AuditEvents(event) => self.tell(event).await?,
                Outgoing::Revocations { subject, until } => {
                    revocations.push(revocation(*subject, *until));
                }
                Outgoing::Identities { user_id, keys_until } => {
                    self.forget_session_keys(*user_id, *keys_until).await?;
                }
                Outgoing::Tombstones { identity, claim, noted_until, tombstone, at } => {
                    let tombstone = tombstone.clone().map(|tag| erase::tombstone(tag, user, *at));
                    persist(|| self.update_each("tombstones", tombstone.iter().cloned().collect()))
                        .await?;
                    Box::pin(self.remove_identity(identity, *claim, *noted_until)).await?;
                }
                Outgoing::Lifted { tombstones } => {
                    let these = doc! { "_id": { "$in": tombstones }, "user_id": user };
                    self.tombstones.delete_many(these).await?;
                }
                Outgoing::Users { loser, legacy_id, status, at } => {
                    let legacy_id = legacy_id.as_deref();
                    Box::pin(self.supersede(*loser, user, legacy_id, *status, *at)).await?;
                }
            }
        }
        persist(|| self.update_each("revocations", revocations.clone())).await?;
        let moved = doc! { "$pullAll": { "outbox": convert::value(&outgoing)? } };
        self.users.update_one(doc! { "_id": user }, moved).await?;
        Ok(())
    }

    /// Writes a line of the audit log, unless an earlier try came this far.
    pub(crate) async fn tell(&self, event: &document::AuditEvent) -> Result<(), Failure> {
        match self.audit_events.insert_one(event).await.map_err(Failure::from) {
            Ok(_) | Err(Failure::Conflict) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    async fn forget_session_keys(&self, user: Uuid, until: i64) -> Result<(), Failure> {
        let keys = doc! {
            "user_id": { "$in": self.ids_of(user).await? },
            "session_key_at": { "$lte": until },
        };
        let forget = doc! { "$unset": {
            "session_key": "",
            "session_key_tag": "",
            "session_key_at": "",
            "previous_session_key": "",
            "previous_session_key_until": "",
        } };
        self.identities.update_many(keys, forget).await?;
        Ok(())
    }
}

/// Revokes from the moment at which readers can see it, and until the later of two times.
fn revocation(subject: Uuid, until: i64) -> Document {
    doc! {
        "q": { "_id": subject },
        "u": { "$max": { "until": until }, "$currentDate": { "revoked_at": true } },
        "upsert": true,
    }
}
