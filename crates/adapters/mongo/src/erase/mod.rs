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
use wxlogin_domain::account::{Changes, Erasure, UnitOfWork};
use wxlogin_domain::model::{Timestamp, User as Account};

use self::identity::removal;
use crate::convert;
use crate::database::Connections;
use crate::document::{Identity, Mark, OutboxEntry, User};
use crate::error::Failure;
use crate::outbox::entries;
use crate::unit::{decide, load_user};
use crate::users::{affects_identities, one_matched};

impl Connections {
    /// Tries once to erase. After [`Failure::Conflict`] it has to be tried again.
    pub(crate) async fn erase(&self, erasure: &Erasure) -> Result<bool, Failure> {
        if self.erase_unrepeated(erasure).await? {
            return Ok(true);
        }
        // The answer of an earlier try may have been lost.
        let mut unit = UnitOfWork::default();
        self.load_events(&mut unit, [erasure.event.id].into()).await?;
        Ok(decide(unit, erasure)?.0)
    }

    async fn erase_unrepeated(&self, erasure: &Erasure) -> Result<bool, Failure> {
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
        let mut unit = UnitOfWork::default();
        load_user(&mut unit, &user)?;
        if affects_identities(&user) {
            self.deliver(id, &user.outbox).await?;
        }
        let identities = self.load_identities(&mut unit, id).await?;
        let (is_erased, changes) = decide(unit, erasure)?;
        if !changes.users.deleted.is_empty() {
            let marked = self.mark_erased(user, erasure.event.at, &changes).await?;
            self.finish_erasure(&marked).await?;
        } else if !changes.identities.deleted.is_empty() {
            let deleted = &changes.identities.deleted;
            let is_erased = |identity: &Identity| {
                deleted.iter().any(|key| convert::identity_key(key) == identity.key)
            };
            let erased = identities.into_iter().filter(is_erased);
            let removals =
                erased.map(|identity| removal(identity, &user, erasure.event.at, &changes));
            let removals = removals.collect();
            self.save_user(user, &changes, removals).await?;
        } else if is_erased {
            // Not earlier than any key of the user, whatever the clock of the instance that stored it.
            let keys_until = user.last_login_at.max(erasure.event.at.as_millis());
            let entry = OutboxEntry::ClearSessionKeys { user_id: id, keys_until };
            self.save_user(user, &changes, vec![entry]).await?;
        }
        Ok(is_erased)
    }

    /// Replaces the user's document by the mark of an erasure.
    async fn mark_erased(
        &self,
        user: User,
        at: Timestamp,
        changes: &Changes,
    ) -> Result<User, Failure> {
        let as_read = doc! { "_id": user.id, "version": user.version };
        let mut outbox = entries(changes);
        outbox.extend(user.outbox);
        let status = convert::status(user.status)?;
        let erased = Account { status, ..Account::new(convert::user_id(user.id), at) };
        let marked = User {
            version: user.version + 1,
            outbox,
            mark: Some(Mark::ErasedAt(at.as_millis())),
            ..convert::new_user(&erased)
        };
        one_matched(self.users.replace_one(as_read, &marked).await?.matched_count)?;
        Ok(marked)
    }
}
