use mongodb::bson::{Uuid, doc};

use crate::database::{Connections, persist};
use crate::document::{MERGING, Mark, Outgoing, Outline, User};
use crate::error::Failure;

/// What came of a try to finish a merge.
enum Step {
    Done,
    /// The winner is about to be somebody else.
    After(Uuid),
}

impl Connections {
    /// Finishes every merge that has begun.
    pub(crate) async fn finish_merges(&self) -> Result<(), Failure> {
        let outlines = self.users.clone_with_type::<Outline>();
        let frozen = outlines.find(doc! { MERGING: { "$exists": true } });
        let mut frozen = frozen.projection(doc! { "mark": 1 }).await?;
        while frozen.advance().await? {
            self.finish_merge(frozen.deserialize_current()?.id).await?;
        }
        Ok(())
    }

    /// Finishes the merge of a loser, if it has begun.
    pub(crate) async fn finish_merge(&self, loser: Uuid) -> Result<(), Failure> {
        // It is rare, and every reader's future would have to hold it.
        Box::pin(persist(|| self.go_on_merging(loser))).await
    }

    /// Finishes the merge, or one that has to come before it and leaves this one for another try.
    ///
    /// Merges that wait for each other in a circle have begun at once; one of them is called off.
    async fn go_on_merging(&self, loser: Uuid) -> Result<(), Failure> {
        let mut waiting = Vec::new();
        let mut next = loser;
        loop {
            waiting.push(next);
            match self.step(next).await? {
                Step::Done if next == loser => return Ok(()),
                Step::Done => return Err(Failure::Conflict),
                Step::After(other) => next = other,
            }
            if let Some(first) = waiting.iter().position(|id| *id == next) {
                let last = waiting[first..].iter().max();
                if let Some(frozen) = self.frozen(*last.unwrap_or(&loser)).await? {
                    self.thaw(frozen).await?;
                }
                return Err(Failure::Conflict);
            }
        }
    }

    async fn step(&self, loser: Uuid) -> Result<Step, Failure> {
        let Some(frozen) = self.frozen(loser).await? else { return Ok(Step::Done) };
        let Some(Mark::MergingInto(winner)) = frozen.mark else { return Ok(Step::Done) };
        self.move_on(frozen.id, &frozen.outbox).await?;
        let (id, found) = self.stand_in(winner).await?;
        let Some(winner) = found else {
            self.thaw(frozen).await?;
            return Ok(Step::Done);
        };
        if has_taken_over(&winner, loser) {
            self.move_on(id, &winner.outbox).await?;
            return Ok(Step::Done);
        }
        match winner.mark {
            None => self.take_over(winner, frozen).await?,
            Some(Mark::ErasedAt(_)) => self.thaw(frozen).await?,
            Some(Mark::MergingInto(_)) => return Ok(Step::After(id)),
            Some(Mark::SupersededBy(_)) => return Err(Failure::Conflict),
        }
        Ok(Step::Done)
    }

    /// The user with this id, if they are frozen.
    pub(super) async fn frozen(&self, id: Uuid) -> Result<Option<User>, Failure> {
        Ok(self.users.find_one(doc! { "_id": id, MERGING: { "$exists": true } }).await?)
    }
}

/// Whether the winner has what the loser had, and the loser's document does not say so yet.
fn has_taken_over(winner: &User, merged: Uuid) -> bool {
    winner.outbox.iter().any(|one| match one {
        Outgoing::Users { loser, .. } => *loser == merged,
        Outgoing::AuditEvents(_)
        | Outgoing::Revocations { .. }
        | Outgoing::Identities { .. }
        | Outgoing::Tombstones { .. }
        | Outgoing::Lifted { .. } => false,
    })
}
