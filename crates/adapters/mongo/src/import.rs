//! Users of the system that wxlogin replaces.
//!
//! The documents are written in the same order as by a login: the claim of the identity, which no port
//! shows, then the user's document with the legacy id and the audit event. A unique index gives a
//! legacy id to one user; an existing user gets it in one update of the version that was read.

use async_trait::async_trait;
use mongodb::bson::{Uuid, doc};
use wxlogin_domain::model::UserId;
use wxlogin_domain::ports::{
    ImportOutcome, ImportStore, ImportedUser, SealedSessionKey, StoreError,
};

use crate::convert;
use crate::database::{Connections, retry_on_conflict};
use crate::document::{Identity, OutboxEntry, User};
use crate::error::Failure;

#[async_trait]
impl ImportStore for Connections {
    async fn import_user(&self, user: ImportedUser) -> Result<ImportOutcome, StoreError> {
        let connections = self.clone();
        self.call(async move { retry_on_conflict(|| Box::pin(import(&connections, &user))).await })
            .await
    }
}

/// Tries once to import the user. After [`Failure::Conflict`] it has to be tried again.
async fn import(
    connections: &Connections,
    imported: &ImportedUser,
) -> Result<ImportOutcome, Failure> {
    // A legacy id that an unfinished merge hands over is not free.
    connections.finish_merges().await?;
    // Read before the identity: a user imported in between is then found by the identity.
    let legacy_id = imported.legacy_id.as_str();
    let holder = match connections.users.find_one(doc! { "legacy_id": legacy_id }).await? {
        Some(holder) => Some(connections.named_user(holder.id).await?.0),
        None => None,
    };
    let key = doc! { "_id": convert::value(&convert::identity_key(&imported.identity))? };
    let identity = connections.identities.find_one(key).await?;
    let (user_id, user) = match &identity {
        Some(identity) => connections.named_user(identity.user_id).await?,
        None => (convert::to_bson(imported.new_user_id.as_uuid()), None),
    };
    let id = UserId::from_uuid(convert::from_bson(user_id));
    match (user, holder) {
        (Some(user), holder)
            if holder == Some(user_id) || user.legacy_id.as_deref() == Some(legacy_id) =>
        {
            Ok(ImportOutcome::Known(id))
        }
        (_, Some(_)) => Ok(ImportOutcome::Taken),
        (Some(user), None) if user.legacy_id.is_some() => Ok(ImportOutcome::Second(id)),
        (Some(user), None) => {
            join(connections, user, imported).await?;
            Ok(ImportOutcome::Joined(id))
        }
        (None, None) => {
            make(connections, user_id, identity, imported).await?;
            Ok(ImportOutcome::Made(id))
        }
    }
}

async fn join(
    connections: &Connections,
    mut user: User,
    imported: &ImportedUser,
) -> Result<(), Failure> {
    let (nickname, avatar_url) = profile(imported);
    user.nickname = user.nickname.or(nickname);
    user.avatar_url = user.avatar_url.or(avatar_url);
    user.legacy_id = Some(imported.legacy_id.as_str().to_owned());
    let event = audit_event(user.id, imported);
    connections.rewrite(user, &[event]).await?;
    Ok(())
}

async fn make(
    connections: &Connections,
    user_id: Uuid,
    claim: Option<Identity>,
    imported: &ImportedUser,
) -> Result<(), Failure> {
    claim_identity(connections, user_id, claim, imported).await?;
    let (nickname, avatar_url) = profile(imported);
    let at = imported.created_at.as_millis();
    let user = User {
        id: user_id,
        user_type: i64::from(imported.user_type.0),
        status: i64::from(imported.status.code()),
        nickname,
        avatar_url,
        legacy_id: Some(imported.legacy_id.as_str().to_owned()),
        phone: None,
        phone_tag: None,
        merged_into: None,
        erase_at: None,
        created_at: at,
        updated_at: at,
        last_login_at: at,
        version: 1,
        first_session: None,
        sessions: Vec::new(),
        replay_tags: None,
        outbox: vec![audit_event(user_id, imported)],
        mark: None,
        merging: None,
    };
    connections.make_user(&user, &convert::identity_key(&imported.identity)).await?;
    connections.deliver_now(user_id, &user.outbox).await;
    Ok(())
}

/// Claims the identity for the user, with the session key, so that the key exists when the user does.
async fn claim_identity(
    connections: &Connections,
    user_id: Uuid,
    claim: Option<Identity>,
    imported: &ImportedUser,
) -> Result<(), Failure> {
    let key = imported.session_key.as_ref();
    let at = imported.created_at.as_millis();
    let sealed = |key: &SealedSessionKey| convert::binary(&key.sealed.0);
    let tag = |key: &SealedSessionKey| convert::binary(&key.tag.0);
    let Some(claim) = claim else {
        let identity = Identity {
            key: convert::identity_key(&imported.identity),
            user_id,
            claim: Some(convert::to_bson(imported.event.id)),
            tombstone: convert::binary(&imported.tombstones.identity.0),
            union_id: None,
            session_key: key.map(sealed),
            session_key_tag: key.map(tag),
            session_key_at: key.map(|_| at),
            previous_session_key: None,
            previous_session_key_until: None,
        };
        connections.identities.insert_one(identity).await?;
        return Ok(());
    };
    // The claim of an interrupted login may have a later key.
    let Some(key) = key else { return Ok(()) };
    let without = doc! {
        "_id": convert::value(&claim.key)?,
        "session_key_at": { "$exists": false },
    };
    let update = doc! { "$set": {
        "session_key": sealed(key),
        "session_key_tag": tag(key),
        "session_key_at": at,
    } };
    connections.identities.update_one(without, update).await?;
    Ok(())
}

fn profile(imported: &ImportedUser) -> (Option<String>, Option<String>) {
    let profile = &imported.profile;
    let nickname = profile.nickname.as_ref().map(|name| name.as_str().to_owned());
    let avatar_url = profile.avatar_url.as_ref().map(|url| url.as_str().to_owned());
    (nickname, avatar_url)
}

/// Makes the outbox entry of the audit event, with the actual user.
fn audit_event(user_id: Uuid, imported: &ImportedUser) -> OutboxEntry {
    let mut event = convert::stored_audit_event(&imported.event);
    event.user_id = user_id;
    OutboxEntry::AuditEvent(event)
}
