use async_trait::async_trait;
use mongodb::bson::doc;
use mongodb::options::ReturnDocument;
use wxlogin_domain::model::{AuditEvent, IdentityKey, UnionConflict, User, UserId, UserStatus};
use wxlogin_domain::ports::{
    AccountStore, LoginOutcome, LoginRecord, SealedSessionKey, StoreError,
};

use crate::database::{Connections, persist};
use crate::error::Failure;
use crate::{convert, document, login};

#[async_trait]
impl AccountStore for Connections {
    async fn record_login(&self, login: LoginRecord) -> Result<LoginOutcome, StoreError> {
        let connections = self.clone();
        self.call(async move { persist(|| login::record(&connections, &login)).await }).await
    }

    async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let users = self.users.clone();
        self.call(async move {
            let unread = doc! { "sessions": 0, "replay_tags": 0, "audit_outbox": 0 };
            let user = users.find_one(one_user(id)).projection(unread).await?;
            user.as_ref().map(convert::user).transpose()
        })
        .await
    }

    async fn set_status(
        &self,
        id: UserId,
        status: UserStatus,
        event: AuditEvent,
    ) -> Result<Option<User>, StoreError> {
        let connections = self.clone();
        self.call(async move { connections.change_status(id, status, &event).await }).await
    }

    async fn union_conflicts(&self) -> Result<Vec<UnionConflict>, StoreError> {
        let conflicts = self.conflicts.clone();
        self.call(async move {
            let oldest_first = doc! { "first_seen_at": 1, "_id": 1 };
            let mut found = conflicts.find(doc! {}).sort(oldest_first).await?;
            let mut listed = Vec::new();
            while found.advance().await? {
                listed.push(convert::conflict(&found.deserialize_current()?)?);
            }
            Ok(listed)
        })
        .await
    }

    async fn session_key(
        &self,
        identity: &IdentityKey,
    ) -> Result<Option<SealedSessionKey>, StoreError> {
        let identities = self.identities.clone();
        let key = convert::identity_key(identity);
        self.call(async move {
            let found = identities.find_one(doc! { "_id": convert::value(&key)? }).await?;
            Ok(found.map(convert::session_key).transpose()?.flatten())
        })
        .await
    }
}

impl Connections {
    /// One update carries status, sessions and audit event, so that there is no moment at which one
    /// of them is without the others.
    async fn change_status(
        &self,
        id: UserId,
        status: UserStatus,
        event: &AuditEvent,
    ) -> Result<Option<User>, Failure> {
        let mut set = doc! {
            "status": i32::from(status.code()),
            "updated_at": event.at.as_millis(),
        };
        let mut update = doc! {
            "$inc": { "version": 1_i64 },
            "$push": { "audit_outbox": convert::value(&convert::audit_event(event))? },
        };
        if status == UserStatus::Disabled {
            set.insert("sessions", Vec::<mongodb::bson::Bson>::new());
            update.insert("$unset", doc! { "replay_tags": "" });
        }
        update.insert("$set", set);
        let changed = self
            .users
            .find_one_and_update(one_user(id), update)
            .return_document(ReturnDocument::After)
            .await?;
        let Some(changed) = changed else { return Ok(None) };
        // The event is safe where it is; a failure to move it on must not undo the answer.
        if let Err(failure) = self.empty_outbox(&changed).await {
            let error = StoreError::from(failure);
            tracing::warn!(%error, "an audit event stays with its user for now");
        }
        convert::user(&changed).map(Some)
    }

    /// Moves on every audit event that has not come further than its user's document.
    pub(crate) async fn empty_outboxes(&self) -> Result<(), Failure> {
        let mut held_up = self.users.find(doc! { "audit_outbox._id": { "$exists": true } }).await?;
        while held_up.advance().await? {
            self.empty_outbox(&held_up.deserialize_current()?).await?;
        }
        Ok(())
    }

    async fn empty_outbox(&self, user: &document::User) -> Result<(), Failure> {
        for event in &user.audit_outbox {
            match self.audit_events.insert_one(event).await.map_err(Failure::from) {
                // An earlier try came this far.
                Ok(_) | Err(Failure::Conflict) => {}
                Err(failure) => return Err(failure),
            }
            let moved = doc! { "$pull": { "audit_outbox": convert::value(event)? } };
            self.users.update_one(doc! { "_id": user.id }, moved).await?;
        }
        Ok(())
    }
}

/// The user with this id, and not a mark in its place.
fn one_user(id: UserId) -> mongodb::bson::Document {
    doc! { "_id": convert::to_bson(id.as_uuid()), "superseded_by": { "$exists": false } }
}
