//! The transactional outbox of a user's document.
//!
//! The update that changes a user also writes what follows from it for other collections into the
//! user's `outbox`, so neither exists without the other. The entries are delivered right afterwards. If
//! a crash or a lost connection prevents that, the next reader of those collections delivers them
//! first; an index finds waiting entries cheaply. Delivering an entry twice changes nothing.

use mongodb::bson::{Document, Uuid, doc};
use wxlogin_domain::account::Changes;
use wxlogin_domain::ports::StoreError;

use crate::commands::insert_new;
use crate::convert;
use crate::database::{Connections, retry_on_conflict};
use crate::document::{self, OUTBOX_ENTRY, OutboxEntry};
use crate::error::Failure;

/// Makes outbox entries of the audit events and revocations of a command.
pub(crate) fn entries(changes: &Changes) -> Vec<OutboxEntry> {
    let events = changes.events.iter();
    let events = events.map(|event| OutboxEntry::AuditEvent(convert::stored_audit_event(event)));
    let revocations = changes.revocations.iter().map(|(subject, until)| OutboxEntry::Revocation {
        subject: convert::to_bson(subject.as_uuid()),
        until: until.as_millis(),
    });
    events.chain(revocations).collect()
}

impl Connections {
    /// Delivers entries that were just written. A failure is only logged: the entries are safe in the
    /// outbox, and the change has happened.
    pub(crate) async fn deliver_now(&self, user: Uuid, entries: &[OutboxEntry]) {
        if let Err(failure) = self.deliver(user, entries).await {
            let error = StoreError::from(failure);
            tracing::warn!(%error, "cannot deliver outbox entries now; they will be delivered later");
        }
    }

    /// Delivers all waiting entries.
    pub(crate) async fn deliver_all(&self) -> Result<(), Failure> {
        let mut waiting = self.users.find(doc! { OUTBOX_ENTRY: { "$exists": true } }).await?;
        while waiting.advance().await? {
            let user = waiting.deserialize_current()?;
            self.deliver(user.id, &user.outbox).await?;
        }
        Ok(())
    }

    /// Delivers entries of a user's outbox and removes them from it.
    pub(crate) async fn deliver(&self, user: Uuid, entries: &[OutboxEntry]) -> Result<(), Failure> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut revocations = Vec::new();
        for one in entries {
            match one {
                OutboxEntry::AuditEvent(event) => self.write_audit_event(event).await?,
                OutboxEntry::Revocation { subject, until } => {
                    revocations.push(revocation(*subject, *until));
                }
                OutboxEntry::ClearSessionKeys { user_id, keys_until } => {
                    self.clear_session_keys(*user_id, *keys_until).await?;
                }
                OutboxEntry::RemoveIdentity { identity, claim, conflicts_until, tombstone, at } => {
                    let app_id = Some(identity.app_id.clone());
                    let tags = tombstone.iter().map(|tag| (tag.clone(), app_id.clone()));
                    self.write_tombstones(user, tags.collect(), *at).await?;
                    Box::pin(self.remove_identity(identity, *claim, *conflicts_until)).await?;
                }
                OutboxEntry::LiftBan { tombstones } => {
                    let these = doc! { "_id": { "$in": tombstones }, "user_id": user };
                    self.tombstones.delete_many(these).await?;
                }
                OutboxEntry::TakeUnionId { identity, union_id, tombstone } => {
                    self.take_union_id(user, identity, union_id, tombstone).await?;
                }
                OutboxEntry::Supersede { loser, legacy_id, status, at } => {
                    let legacy_id = legacy_id.as_deref();
                    Box::pin(self.supersede(*loser, user, legacy_id, *status, *at)).await?;
                }
            }
        }
        retry_on_conflict(|| self.update_each("revocations", revocations.clone())).await?;
        let delivered = doc! { "$pullAll": { "outbox": convert::value(&entries)? } };
        self.users.update_one(doc! { "_id": user }, delivered).await?;
        Ok(())
    }

    /// Inserts an audit event behind the last one, unless it exists already. Numbers have no gaps, so
    /// an event is visible before there is one with a higher number.
    pub(crate) async fn write_audit_event(
        &self,
        event: &document::AuditEvent,
    ) -> Result<(), Failure> {
        loop {
            if self.audit_events.find_one(doc! { "_id": event.id }).await?.is_some() {
                return Ok(());
            }
            let number = Some(self.last_audit_number().await? + 1);
            let event = document::AuditEvent { number, ..event.clone() };
            // Otherwise another event has got the number.
            if insert_new(&self.audit_events, &event).await? {
                return Ok(());
            }
        }
    }

    /// The highest number of an audit event, or zero.
    pub(crate) async fn last_audit_number(&self) -> Result<i64, Failure> {
        let last = self.audit_events.find_one(doc! { "number": { "$gt": 0 } });
        let last = last.sort(doc! { "number": -1 }).await?;
        Ok(last.and_then(|last| last.number).unwrap_or(0))
    }

    async fn clear_session_keys(&self, user: Uuid, until: i64) -> Result<(), Failure> {
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

/// Upserts a revocation. `revoked_at` is the time at which readers can see it; of two ends the later
/// one stays.
fn revocation(subject: Uuid, until: i64) -> Document {
    doc! {
        "q": { "_id": subject },
        "u": { "$max": { "until": until }, "$currentDate": { "revoked_at": true } },
        "upsert": true,
    }
}
