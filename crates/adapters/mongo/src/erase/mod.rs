//! How a user goes.
//!
//! What is left of a user is spread over several documents. The first step marks the user's own
//! one: it replaces the document by little more than the id, the status, and an outbox with the
//! audit event and the revocations. From that moment on no port shows anything of the user.
//! Everything else follows from the mark and can be repeated:
//!
//! 1. what is in the outbox is moved on;
//! 2. if the user was disabled, tombstones are made of the identities and owned unionids;
//! 3. identities, owned unionids and conflicts go, and the marks of ids that meant the user;
//! 4. at last the mark itself.
//!
//! After a crash, whoever meets the mark goes on: a login of the person, which then starts over and
//! finds that it is unknown or shut out, another erasure, the purge, or the next start. The mark holds
//! the status because a ban may race an erasure: whichever of them changed the document last has
//! seen the other.
//!
//! A login that has read the user just before, and goes on writing in other collections, finds the
//! version changed, or looks again afterwards, and clears up. Should it break off in between, it
//! leaves a claim with the id of a user who was erased. The audit log knows such ids, and those of
//! the users who were merged into them, so that nobody becomes that user again
//! (`Connections::resolve`).

mod finish;
mod identity;

pub(crate) use finish::tombstone;
use mongodb::bson::doc;
use wxlogin_domain::ports::{Erasure, ErasureStep};

use crate::convert;
use crate::database::Connections;
use crate::document::{Mark, Outgoing, User};
use crate::error::Failure;
use crate::outbox::{revoked, told};
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
        let mut outgoing = follows(&user, erasure)?;
        // No key of the user is later, however the clocks of two instances differ.
        let keys_until = user.last_login_at.max(erasure.event.at.as_millis());
        outgoing.push(Outgoing::Identities { user_id: user.id, keys_until });
        user.erase_at = Some(at);
        (user.phone, user.phone_tag) = (None, None);
        Sessions::default().put_into(&mut user);
        self.rewrite(user, &outgoing).await?;
        Ok(())
    }

    async fn mark(&self, user: User, erasure: &Erasure) -> Result<User, Failure> {
        let as_read = doc! { "_id": user.id, "version": user.version };
        let mut outbox = follows(&user, erasure)?;
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

/// What is told of an erasure, and what is revoked by it.
fn follows(user: &User, erasure: &Erasure) -> Result<Vec<Outgoing>, Failure> {
    let sessions = Sessions::of(user)?;
    let event = std::slice::from_ref(&erasure.event);
    Ok(told(event).chain(revoked(sessions.ids(), erasure.tokens_until)).collect())
}
