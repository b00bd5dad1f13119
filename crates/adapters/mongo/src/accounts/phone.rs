use mongodb::bson::doc;
use wxlogin_domain::account::{Clearing, NewPhone, PhoneOutcome, UnitOfWork};
use wxlogin_domain::model::{User, VisibleApps};

use crate::convert;
use crate::database::Connections;
use crate::error::Failure;
use crate::unit::{decide, load_user};

impl Connections {
    /// Tries once to set the user's phone number. After [`Failure::Conflict`], which the unique index
    /// also causes for a number that is taken, it has to be tried again.
    pub(super) async fn set_phone(&self, new: &NewPhone) -> Result<PhoneOutcome, Failure> {
        // A number that an unfinished merge hands over is not free.
        self.finish_merges().await?;
        let id = convert::to_bson(new.user_id.as_uuid());
        let mut unit = UnitOfWork::default();
        let others = doc! { "phone_tag": convert::binary(&new.phone.tag.0), "_id": { "$ne": id } };
        if let Some(holder) = self.users.find_one(others).await? {
            unit.load_user(convert::stored_user(&holder, None)?);
        }
        match self.user(id).await? {
            Some(user) => self.run(unit, user, new).await,
            None => decide(unit, new).map(|(outcome, _)| outcome),
        }
    }

    /// Tries once to clear the named fields. After [`Failure::Conflict`] it has to be tried again.
    pub(super) async fn clear(&self, clearing: &Clearing) -> Result<Option<User>, Failure> {
        let id = convert::to_bson(clearing.user_id.as_uuid());
        let Some(user) = self.user(id).await? else { return Ok(None) };
        let mut unit = UnitOfWork::default();
        load_user(&mut unit, &user)?;
        if clearing.apps != VisibleApps::All {
            self.load_identities(&mut unit, id).await?;
        }
        let events = unit.missing(clearing).events;
        self.load_events(&mut unit, events).await?;
        self.run(unit, user, clearing).await
    }
}
