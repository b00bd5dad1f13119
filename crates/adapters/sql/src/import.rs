use async_trait::async_trait;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};
use uuid::Uuid;
use wxlogin_domain::model::UserId;
use wxlogin_domain::ports::{ImportOutcome, ImportStore, ImportedUser, StoreError};

use crate::audit::write_events;
use crate::database::Connections;
use crate::entity::{identity, user};
use crate::error::Failure;
use crate::identities::key_of;
use crate::transaction::Transaction;
use crate::users;

#[async_trait]
impl ImportStore for Connections {
    async fn import_user(&self, user: ImportedUser) -> Result<ImportOutcome, StoreError> {
        self.write(&user, |transaction, user| Box::pin(import(transaction, user))).await
    }
}

/// Should somebody sign in, or the old id be given away, in between, an insert fails, and the
/// transaction starts over and finds it.
async fn import(
    transaction: &Transaction,
    imported: &ImportedUser,
) -> Result<ImportOutcome, Failure> {
    // Asked before the identity: whoever is taken over in between is then found by the identity.
    let holder = user::Entity::find()
        .filter(user::Column::LegacyId.eq(imported.legacy_id.as_str()))
        .one(transaction)
        .await?;
    let known = identity::Entity::find_by_id(key_of(&imported.identity));
    let known = known.lock_exclusive().one(transaction).await?;
    let known = known.map(|identity| identity.user_id);
    // Asked after the identity: whoever it has moved to holds what the one before has held.
    let holder = match holder {
        Some(holder) => users::find(transaction, holder.id).await?,
        None => None,
    };
    let outcome = match (known, holder.map(|holder| holder.id)) {
        (Some(known), Some(holder)) if known == holder => {
            ImportOutcome::Known(UserId::from_uuid(known))
        }
        (Some(_) | None, Some(_)) => ImportOutcome::Taken,
        (Some(known), None) => join(transaction, known, imported).await?,
        (None, None) => make(transaction, imported).await?,
    };
    let id = match outcome {
        ImportOutcome::Made(id) | ImportOutcome::Joined(id) => id,
        ImportOutcome::Known(_) | ImportOutcome::Second(_) | ImportOutcome::Taken => {
            return Ok(outcome);
        }
    };
    let mut event = imported.event.clone();
    event.user_id = id;
    write_events(transaction, &[event]).await?;
    Ok(outcome)
}

/// Gives the user the old id and what is missing of the profile, unless there is an old id already.
async fn join(
    transaction: &Transaction,
    id: Uuid,
    imported: &ImportedUser,
) -> Result<ImportOutcome, Failure> {
    let row = users::lock(transaction, id).await?;
    let mut row = row.ok_or_else(|| Failure::Unexpected("an identity's user has gone".into()))?;
    let id = UserId::from_uuid(id);
    let old = new_user(imported);
    if row.legacy_id == old.legacy_id {
        return Ok(ImportOutcome::Known(id));
    }
    if row.legacy_id.is_some() {
        return Ok(ImportOutcome::Second(id));
    }
    row.legacy_id = old.legacy_id;
    row.nickname = row.nickname.or(old.nickname);
    row.avatar_url = row.avatar_url.or(old.avatar_url);
    users::update(transaction, row).await?;
    Ok(ImportOutcome::Joined(id))
}

async fn make(
    transaction: &Transaction,
    imported: &ImportedUser,
) -> Result<ImportOutcome, Failure> {
    let key = imported.session_key.as_ref();
    let identity = identity::Model {
        app_id: imported.identity.app_id.as_str().to_owned(),
        open_id: imported.identity.open_id.as_str().to_owned(),
        user_id: imported.new_user_id.as_uuid(),
        tombstone: imported.tombstones.identity.0.to_vec(),
        union_id: None,
        session_key: key.map(|key| key.sealed.0.clone()),
        session_key_tag: key.map(|key| key.tag.0.to_vec()),
        session_key_at: key.map(|_| imported.created_at.as_millis()),
        previous_session_key: None,
        previous_session_key_until: None,
    };
    identity::Entity::insert(identity.into_active_model())
        .exec_without_returning(transaction)
        .await?;
    user::Entity::insert(new_user(imported).into_active_model())
        .exec_without_returning(transaction)
        .await?;
    Ok(ImportOutcome::Made(imported.new_user_id))
}

fn new_user(imported: &ImportedUser) -> user::Model {
    let at = imported.created_at.as_millis();
    user::Model {
        id: imported.new_user_id.as_uuid(),
        user_type: imported.user_type.0,
        status: imported.status.code(),
        nickname: imported.profile.nickname.as_ref().map(|name| name.as_str().to_owned()),
        avatar_url: imported.profile.avatar_url.as_ref().map(|url| url.as_str().to_owned()),
        legacy_id: Some(imported.legacy_id.as_str().to_owned()),
        phone: None,
        phone_tag: None,
        merged_into: None,
        erase_at: None,
        created_at: at,
        updated_at: at,
        last_login_at: at,
    }
}
