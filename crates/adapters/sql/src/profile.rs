//! What is known of a person: nickname, avatar, phone number.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use wxlogin_domain::model::{Profile, Timestamp, UserId, UserStatus};
use wxlogin_domain::ports::{Clearing, NewPhone, PhoneOutcome};

use crate::audit::{find_written, write_events};
use crate::convert;
use crate::entity::user;
use crate::error::Failure;
use crate::transaction::Transaction;
use crate::users::{lock, update};

/// A profile to store, and when.
pub(crate) struct ProfileChange {
    pub(crate) user_id: UserId,
    pub(crate) profile: Profile,
    pub(crate) now: Timestamp,
}

pub(crate) async fn change_profile(
    transaction: &Transaction,
    change: &ProfileChange,
) -> Result<Option<user::Model>, Failure> {
    let Some(mut row) = lock(transaction, change.user_id.as_uuid()).await? else {
        return Ok(None);
    };
    if let Some(nickname) = &change.profile.nickname {
        row.nickname = Some(nickname.as_str().to_owned());
    }
    if let Some(avatar_url) = &change.profile.avatar_url {
        row.avatar_url = Some(avatar_url.as_str().to_owned());
    }
    row.updated_at = row.updated_at.max(change.now.as_millis());
    Ok(Some(update(transaction, row).await?))
}

/// Of two who both find the number free, the later one starts over and finds the other.
pub(crate) async fn set_phone(
    transaction: &Transaction,
    new: &NewPhone,
) -> Result<PhoneOutcome, Failure> {
    let id = new.user_id.as_uuid();
    let tag = new.phone.tag.0.to_vec();
    let holder = user::Entity::find()
        .filter(user::Column::PhoneTag.eq(tag.clone()))
        .filter(user::Column::Id.ne(id))
        .one(transaction)
        .await?;
    if holder.is_some() {
        return Ok(PhoneOutcome::Taken);
    }
    let Some(mut row) = lock(transaction, id).await? else { return Ok(PhoneOutcome::Gone) };
    if row.erase_at.is_some() || row.status == UserStatus::Disabled.code() {
        return Ok(PhoneOutcome::Gone);
    }
    row.phone = Some(new.phone.sealed.0.clone());
    row.phone_tag = Some(tag);
    row.updated_at = row.updated_at.max(new.now.as_millis());
    let row = update(transaction, row).await?;
    Ok(PhoneOutcome::Stored(convert::user(row)?))
}

pub(crate) async fn clear(
    transaction: &Transaction,
    clearing: &Clearing,
) -> Result<Option<user::Model>, Failure> {
    let Some(mut row) = lock(transaction, clearing.user_id.as_uuid()).await? else {
        return Ok(None);
    };
    let before = row.clone();
    row.nickname.take_if(|_| clearing.nickname);
    row.avatar_url.take_if(|_| clearing.avatar_url);
    row.phone.take_if(|_| clearing.phone);
    row.phone_tag.take_if(|_| clearing.phone);
    if row == before {
        // Perhaps because this is a repetition.
        let written = find_written(transaction, &clearing.event).await?;
        return Ok(written.map(|_| row));
    }
    row.updated_at = row.updated_at.max(clearing.event.at.as_millis());
    write_events(transaction, std::slice::from_ref(&clearing.event)).await?;
    Ok(Some(update(transaction, row).await?))
}
