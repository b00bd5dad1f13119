use mongodb::bson::{Binary, Uuid, doc};
use wxlogin_domain::account::{Changes, ProfileChange, UnitOfWork, UserChange, UserChangeOutcome};
use wxlogin_domain::model::{User, VisibleApps};

use crate::commands::all;
use crate::convert;
use crate::database::Connections;
use crate::document::OutboxEntry;
use crate::error::Failure;
use crate::unit::{decide, load_user};

impl Connections {
    /// Tries once to change the profile. After [`Failure::Conflict`] it has to be tried again.
    pub(super) async fn change_profile(
        &self,
        change: &ProfileChange,
    ) -> Result<Option<User>, Failure> {
        match self.user(convert::to_bson(change.user_id.as_uuid())).await? {
            Some(user) => self.run(UnitOfWork::default(), user, change).await,
            None => Ok(None),
        }
    }

    /// Tries once to change the user. After [`Failure::Conflict`] it has to be tried again.
    pub(super) async fn change_user(
        &self,
        change: &UserChange,
    ) -> Result<UserChangeOutcome, Failure> {
        let id = convert::to_bson(change.user_id.as_uuid());
        let user = self.user(id).await?;
        let mut unit = UnitOfWork::default();
        let keys = unit.missing(change);
        if !keys.tombstones_of.is_empty() {
            self.load_tombstones(&mut unit, id, user.is_some()).await?;
        }
        self.load_events(&mut unit, keys.events).await?;
        if let Some(user) = &user {
            load_user(&mut unit, user)?;
            if change.apps != VisibleApps::All {
                self.load_identities(&mut unit, id).await?;
            }
        }
        let (outcome, changes) = decide(unit, change)?;
        let tombstones = lifted_tombstones(&changes);
        match user {
            Some(user) => {
                let lifts = !tombstones.is_empty();
                let entry = lifts.then_some(OutboxEntry::LiftBan { tombstones });
                self.save_user(user, &changes, entry.into_iter().collect()).await?;
            }
            None => self.lift_ban_of_erased_user(id, &changes).await?,
        }
        Ok(outcome)
    }

    /// Loads the tombstones of a user. Those of one who is being erased are written first.
    async fn load_tombstones(
        &self,
        unit: &mut UnitOfWork,
        user: Uuid,
        exists: bool,
    ) -> Result<(), Failure> {
        if !exists && let Some(marked) = self.users.find_one(doc! { "_id": user }).await? {
            self.finish_erasure(&marked).await?;
        }
        for tombstone in all(self.tombstones.find(doc! { "user_id": user }).await?).await? {
            unit.load_tombstone(convert::tombstone(&tombstone)?);
        }
        Ok(())
    }

    /// Writes the changes of a user who was erased. The audit events come first, so that the ban cannot
    /// be lifted without them.
    async fn lift_ban_of_erased_user(&self, id: Uuid, changes: &Changes) -> Result<(), Failure> {
        for event in &changes.events {
            self.write_audit_event(&convert::stored_audit_event(event)).await?;
        }
        let tags = lifted_tombstones(changes);
        if !tags.is_empty() {
            let lifted = doc! { "_id": { "$in": tags }, "user_id": id };
            self.tombstones.delete_many(lifted).await?;
        }
        Ok(())
    }
}

fn lifted_tombstones(changes: &Changes) -> Vec<Binary> {
    changes.tombstones.deleted.iter().map(|tag| convert::binary(&tag.0)).collect()
}
