use mongodb::bson::{Uuid, doc};

use crate::commands::all;
use crate::database::{Connections, retry_on_conflict};
use crate::document::{MERGING, Mark, OutboxEntry, User, UserMark};
use crate::error::Failure;

/// The result of one attempt to finish a merge.
enum Step {
    Done,
    /// The winner is itself being merged into another user.
    WaitsFor(Uuid),
}

impl Connections {
    /// Finishes every interrupted merge.
    pub(crate) async fn finish_merges(&self) -> Result<(), Failure> {
        let marks = self.users.clone_with_type::<UserMark>();
        let frozen = marks.find(doc! { MERGING: { "$exists": true } });
        for frozen in all(frozen.projection(doc! { "mark": 1 }).await?).await? {
            self.finish_merge(frozen.id).await?;
        }
        Ok(())
    }

    /// Finishes the merge of this loser, if one has begun.
    pub(crate) async fn finish_merge(&self, loser: Uuid) -> Result<(), Failure> {
        // Boxed because it is rare, and otherwise every reader's future would contain it.
        Box::pin(retry_on_conflict(|| self.try_finish_merge(loser))).await
    }

    /// Finishes the merge, or one that must come first; then this one is left for the next attempt.
    ///
    /// Merges that began concurrently may wait for each other in a cycle; then one is cancelled.
    async fn try_finish_merge(&self, loser: Uuid) -> Result<(), Failure> {
        let mut waiting = Vec::new();
        let mut next = loser;
        loop {
            waiting.push(next);
            match Box::pin(self.step(next)).await? {
                Step::Done if next == loser => return Ok(()),
                Step::Done => return Err(Failure::Conflict),
                Step::WaitsFor(other) => next = other,
            }
            if let Some(first) = waiting.iter().position(|id| *id == next) {
                let last = waiting[first..].iter().max();
                if let Some(frozen) = self.frozen(*last.unwrap_or(&loser)).await? {
                    self.unfreeze(frozen).await?;
                }
                return Err(Failure::Conflict);
            }
        }
    }

    async fn step(&self, loser: Uuid) -> Result<Step, Failure> {
        let Some(frozen) = self.frozen(loser).await? else { return Ok(Step::Done) };
        let Some(Mark::MergingInto(winner)) = frozen.mark else { return Ok(Step::Done) };
        self.deliver(frozen.id, &frozen.outbox).await?;
        let (id, found) = self.current_document(winner).await?;
        let Some(winner) = found else {
            self.unfreeze(frozen).await?;
            return Ok(Step::Done);
        };
        if has_absorbed(&winner, loser) {
            self.deliver(id, &winner.outbox).await?;
            return Ok(Step::Done);
        }
        match winner.mark {
            None => self.hand_over(winner, frozen).await?,
            Some(Mark::ErasedAt(_)) => self.unfreeze(frozen).await?,
            Some(Mark::MergingInto(_)) => return Ok(Step::WaitsFor(id)),
            Some(Mark::SupersededBy(_)) => return Err(Failure::Conflict),
        }
        Ok(Step::Done)
    }

    /// Returns the user with this id if it is frozen.
    pub(super) async fn frozen(&self, id: Uuid) -> Result<Option<User>, Failure> {
        Ok(self.users.find_one(doc! { "_id": id, MERGING: { "$exists": true } }).await?)
    }
}

/// Whether the winner has absorbed the loser, but the loser's document does not say so yet.
fn has_absorbed(winner: &User, merged: Uuid) -> bool {
    winner.outbox.iter().any(|one| match one {
        OutboxEntry::Supersede { loser, .. } => *loser == merged,
        OutboxEntry::AuditEvent(_)
        | OutboxEntry::Revocation { .. }
        | OutboxEntry::ClearSessionKeys { .. }
        | OutboxEntry::RemoveIdentity { .. }
        | OutboxEntry::LiftBan { .. }
        | OutboxEntry::TakeUnionId { .. } => false,
    })
}
