//! Erases a user.
//!
//! A user's data is spread over several documents. The first step replaces the user's own document by
//! a mark with little more than the id, the status, and an outbox with the audit event and the
//! revocations. From then on no port shows anything of the user. The other steps follow from the mark
//! and can be repeated:
//!
//! 1. deliver the outbox;
//! 2. if the user was banned, write tombstones of the identities and the owned unionids;
//! 3. delete the identities, owned unionids, conflicts, and the marks of ids that meant the user;
//! 4. delete the mark.
//!
//! After a crash, whoever meets the mark continues: a login of the person, which then starts over,
//! another erasure, the purge, or the next start. The mark keeps the status because a ban may race an
//! erasure: whichever changed the document last has seen the other.
//!
//! A login that has read the user just before and then writes to other collections finds the version
//! changed, or checks again afterwards and cleans up. If it is interrupted in between, it leaves a claim
//! with the id of an erased user. The audit log has the ids of erased users and of users merged into
//! them, so no such id is used again (`Connections::named_user`).

mod finish;
mod identity;

use mongodb::bson::doc;
use wxlogin_domain::ports::{Erasure, ErasureStep};

use crate::convert;
use crate::database::Connections;
use crate::document::{Mark, OutboxEntry, User};
use crate::error::Failure;
use crate::outbox::{audit_events, revocations};
use crate::user_sessions::Sessions;
use crate::users::one_matched;

impl Connections {
    /// Tries once to erase. After [`Failure::Conflict`] it has to be tried again.
    pub(crate) async fn erase(&self, erasure: &Erasure) -> Result<bool, Failure> {
        let id = convert::to_bson(erasure.user_id.as_uuid());
        let Some(user) = self.users.find_one(doc! { "_id": id }).await? else {
            return Ok(false);
        };
        match user.mark {
            None => {}
            Some(Mark::ErasedAt(_) | Mark::SupersededBy(_)) => {
                self.finish_erasure(&user).await?;
                return Ok(false);
            }
            Some(Mark::MergingInto(_)) => {
                self.finish_merge(id).await?;
                return Err(Failure::Conflict);
            }
        }
        let now = erasure.event.at.as_millis();
        match erasure.step {
            ErasureStep::Schedule(at) => self.schedule(user, at.as_millis(), erasure).await?,
            ErasureStep::CompleteIfDue if user.erase_at.is_none_or(|at| now < at) => {
                return Ok(false);
            }
            ErasureStep::Complete | ErasureStep::CompleteIfDue => {
                let marked = self.mark(user, erasure).await?;
                self.finish_erasure(&marked).await?;
            }
        }
        Ok(true)
    }

    async fn schedule(&self, mut user: User, at: i64, erasure: &Erasure) -> Result<(), Failure> {
        let mut entries = entries_of(&user, erasure)?;
        // Not earlier than any key of the user, whatever the clock of the instance that stored it.
        let keys_until = user.last_login_at.max(erasure.event.at.as_millis());
        entries.push(OutboxEntry::ClearSessionKeys { user_id: user.id, keys_until });
        user.erase_at = Some(at);
        (user.phone, user.phone_tag) = (None, None);
        Sessions::default().store_in(&mut user);
        self.rewrite(user, &entries).await?;
        Ok(())
    }

    async fn mark(&self, user: User, erasure: &Erasure) -> Result<User, Failure> {
        let as_read = doc! { "_id": user.id, "version": user.version };
        let mut outbox = entries_of(&user, erasure)?;
        outbox.extend(user.outbox);
        let now = erasure.event.at.as_millis();
        let marked = User {
            id: user.id,
            user_type: user.user_type,
            status: user.status,
            nickname: None,
            avatar_url: None,
            legacy_id: None,
            phone: None,
            phone_tag: None,
            merged_into: None,
            erase_at: None,
            created_at: now,
            updated_at: now,
            last_login_at: now,
            version: user.version + 1,
            first_session: None,
            sessions: Vec::new(),
            replay_tags: None,
            outbox,
            mark: Some(Mark::ErasedAt(now)),
            merging: None,
        };
        one_matched(self.users.replace_one(as_read, &marked).await?.matched_count)?;
        Ok(marked)
    }
}

/// The outbox entries of an erasure: the audit event and the revocations.
fn entries_of(user: &User, erasure: &Erasure) -> Result<Vec<OutboxEntry>, Failure> {
    let sessions = Sessions::of(user)?;
    let event = std::slice::from_ref(&erasure.event);
    Ok(audit_events(event).chain(revocations(sessions.ids(), erasure.tokens_until)).collect())
}
