//! Merges two users.
//!
//! 1. The **loser's** document is frozen: a mark names the winner, and the values to hand over are set
//!    aside within the document, where no filter or unique index sees them.
//! 2. The **winner's** document takes them over, in one update of the version that was read. The audit
//!    events, the revocations and the loser's id go into its outbox. With this write the merge has
//!    happened.
//! 3. The outbox is delivered: ids that meant the loser, identities, unionids, conflicts and tombstones
//!    name the winner, and the loser's mark becomes [`Mark::SupersededBy`], which every reader follows. A
//!    legacy id that the winner does not need stays there. What a login in progress claims for the loser
//!    may name the loser until the login is repeated.
//!
//! Whoever meets a frozen user finishes the merge first (`finish.rs`). Freezing reads the winner but
//! does not lock it: if the winner is erased before step 2, the loser is unfrozen.

mod finish;
mod handover;

use mongodb::bson::{Uuid, doc};
use wxlogin_domain::account::{Merge, MergeOutcome, UnitOfWork};
use wxlogin_domain::model::VisibleApps;

use crate::convert;
use crate::database::{Connections, retry_on_conflict};
use crate::document::{Mark, PendingMerge, User};
use crate::error::Failure;
use crate::unit::{decide, load_user};
use crate::users::one_matched;

impl Connections {
    pub(crate) async fn merge(&self, merge: &Merge) -> Result<MergeOutcome, Failure> {
        if let Some(refusal) = retry_on_conflict(|| self.freeze(merge)).await? {
            return Ok(refusal);
        }
        let loser = convert::to_bson(merge.loser.as_uuid());
        self.finish_merge(loser).await?;
        match retry_on_conflict(|| self.current_user(loser)).await? {
            (id, Some(user)) if id != loser && user.mark.is_none() => {
                convert::user(&user).map(MergeOutcome::Merged)
            }
            _ => Ok(MergeOutcome::NotTwo),
        }
    }

    /// Tries once to freeze the loser. Returns the outcome if there is nothing to merge.
    async fn freeze(&self, merge: &Merge) -> Result<Option<MergeOutcome>, Failure> {
        let mut unit = UnitOfWork::default();
        let loser = self.user(convert::to_bson(merge.loser.as_uuid())).await?;
        let winner = self.user(convert::to_bson(merge.winner.as_uuid())).await?;
        if let Some(winner) = &winner {
            load_user(&mut unit, winner)?;
        }
        match &loser {
            Some(loser) => load_user(&mut unit, loser)?,
            None => self.load_merged(&mut unit, merge).await?,
        }
        if merge.apps != VisibleApps::All {
            for user in winner.iter().chain(&loser) {
                self.load_identities(&mut unit, user.id).await?;
            }
        }
        let (outcome, changes) = decide(unit, merge)?;
        let (Some(winner), Some(loser), false) = (winner, loser, changes.users.is_empty()) else {
            return Ok(Some(outcome));
        };
        let as_read = doc! { "_id": loser.id, "version": loser.version };
        let frozen = frozen(loser, winner.id, merge);
        one_matched(self.users.replace_one(as_read, frozen).await?.matched_count)?;
        Ok(None)
    }

    /// Loads a loser who was merged before, perhaps by this command.
    async fn load_merged(&self, unit: &mut UnitOfWork, merge: &Merge) -> Result<(), Failure> {
        let id = convert::to_bson(merge.loser.as_uuid());
        let merged = doc! { "_id": id, "merged_into": { "$exists": true } };
        let Some(loser) = self.users.find_one(merged).await? else { return Ok(()) };
        let (current, _) = self.current_document(id).await?;
        unit.load_user(convert::stored_user(&loser, Some(current))?);
        let events = unit.missing(merge).events;
        self.load_events(unit, events).await
    }
}

fn frozen(mut loser: User, winner: Uuid, merge: &Merge) -> User {
    loser.merging = Some(PendingMerge {
        legacy_id: loser.legacy_id.take(),
        phone: loser.phone.take(),
        phone_tag: loser.phone_tag.take(),
        resealed_phone: merge.phone.as_ref().map(|phone| convert::binary(&phone.sealed.0)),
        sessions: std::mem::take(&mut loser.sessions),
        begun_at: merge.tokens_until.now.as_millis(),
        access_tokens_until: merge.tokens_until.access.as_millis(),
        original_tokens_until: merge.tokens_until.original.as_millis(),
        event: convert::stored_audit_event(&merge.event),
        loser_event: convert::stored_audit_event(&merge.loser_event),
    });
    loser.phone_tags = None;
    loser.replay_tags = None;
    loser.mark = Some(Mark::MergingInto(winner));
    loser.version += 1;
    loser
}
