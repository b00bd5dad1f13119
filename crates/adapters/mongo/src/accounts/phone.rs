use mongodb::bson::doc;
use wxlogin_domain::model::{User, UserStatus};
use wxlogin_domain::ports::{Clearing, NewPhone, PhoneOutcome};

use crate::convert;
use crate::database::Connections;
use crate::error::Failure;
use crate::outbox::audit_events;

impl Connections {
    /// Tries once to set the user's phone number. After [`Failure::Conflict`], which the unique index
    /// also causes for a number that is taken, it has to be tried again.
    pub(super) async fn set_phone(&self, new: &NewPhone) -> Result<PhoneOutcome, Failure> {
        // A number that an unfinished merge hands over is not free.
        self.finish_merges().await?;
        let id = convert::to_bson(new.user_id.as_uuid());
        let tag = convert::binary(&new.phone.tag.0);
        let others = doc! { "phone_tag": &tag, "_id": { "$ne": id } };
        if self.users.find_one(others).await?.is_some() {
            return Ok(PhoneOutcome::Taken);
        }
        let Some(mut user) = self.user(id).await? else { return Ok(PhoneOutcome::Gone) };
        if user.erase_at.is_some() || convert::status(user.status)? == UserStatus::Disabled {
            return Ok(PhoneOutcome::Gone);
        }
        user.phone = Some(convert::binary(&new.phone.sealed.0));
        user.phone_tag = Some(tag);
        user.updated_at = user.updated_at.max(new.now.as_millis());
        let user = self.rewrite(user, &[]).await?;
        convert::user(&user).map(PhoneOutcome::Stored)
    }

    /// Tries once to clear the named fields. After [`Failure::Conflict`] it has to be tried again.
    pub(super) async fn clear(&self, clearing: &Clearing) -> Result<Option<User>, Failure> {
        let id = convert::to_bson(clearing.user_id.as_uuid());
        let Some(before) = self.user(id).await? else { return Ok(None) };
        let mut user = before.clone();
        user.nickname.take_if(|_| clearing.nickname);
        user.avatar_url.take_if(|_| clearing.avatar_url);
        if clearing.phone {
            (user.phone, user.phone_tag) = (None, None);
        }
        if user == before {
            return Ok(None);
        }
        user.updated_at = user.updated_at.max(clearing.event.at.as_millis());
        let entries = audit_events(std::slice::from_ref(&clearing.event)).collect::<Vec<_>>();
        let user = self.rewrite(user, &entries).await?;
        convert::user(&user).map(Some)
    }
}
