use mongodb::bson::doc;
use wxlogin_domain::account::{Clearing, NewPhone, PhoneOutcome, UnitOfWork};
use wxlogin_domain::model::{User, VisibleApps};

use crate::convert;
use crate::database::Connections;
use crate::error::Failure;
use crate::unit::{apply, decide, load_user};

impl Connections {
    /// Tries once to set the user's phone number. After [`Failure::Conflict`], which the unique index
    /// also causes for a number that is taken, it has to be tried again.
    pub(super) async fn set_phone(&self, new: &NewPhone) -> Result<PhoneOutcome, Failure> {
        // A number that an unfinished merge hands over is not free.
        self.finish_merges().await?;
        let id = convert::to_bson(new.user_id.as_uuid());
        let mut unit = UnitOfWork::default();
        let tags = new.tags().map(|tag| convert::binary(&tag.0)).collect::<Vec<_>>();
        let others = doc! { "phone_tags": { "$in": &tags }, "_id": { "$ne": id } };
        if let Some(holder) = self.users.find_one(others).await? {
            unit.load_user(convert::stored_user(&holder, None)?);
        }
        let Some(before) = self.user(id).await? else {
            return decide(unit, new).map(|(outcome, _)| outcome);
        };
        load_user(&mut unit, &before)?;
        let (outcome, changes) = decide(unit, new)?;
        let mut user = before.clone();
        apply(&changes, &mut user)?;
        if matches!(outcome, PhoneOutcome::Stored(_)) {
            user.phone_tags = Some(tags);
        }
        if user != before {
            self.rewrite(user, &[]).await?;
        }
        Ok(outcome)
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
