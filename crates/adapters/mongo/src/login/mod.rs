//! Records a login.
//!
//! The domain decides on the documents that were read (`attempt.rs`); a claim of a user that was never
//! created counts as absent there. What it decides is written in this order:
//!
//! 1. for an unknown identity, the **owner of the unionid**, if WeChat named one that nobody owns;
//! 2. for an unknown identity, the **claim**: its document, which names the user, and the session key;
//! 3. the **user's document** with profile, times and the new session; with this write the login has
//!    happened;
//! 4. for a known identity, its unionid or the conflict, then the session key.
//!
//! Everything that can refuse a login is read before the first write, so a refused login changes nothing.
//! Tombstones are read again after a claim or a new owner of a unionid: another user may have had the
//! identity or the unionid in between and been erased while banned. Then the claim is given up.
//!
//! **Concurrency.** Steps 1 and 2 insert under unique keys: one login wins, the others start over and
//! find its user. Step 3 inserts the user or replaces the version that was read; any other change of
//! the user since then makes the login start over and read the status again. So all logins and bans of
//! a user have an order: a login sees an earlier ban, a later ban revokes the new session with the
//! others, and no two logins count the sessions at the same time. A unique index keeps two users from
//! having the same replay tag.
//!
//! **After a crash.** No port shows what steps 1 and 2 leave: the owner and the identity name a user
//! that does not exist yet. The next login with this identity or unionid creates that user. If the next
//! login with the unionid comes from an identity with another user, it takes the unionid over; first it
//! inserts a mark with the claimed id, so that a login that was only slow cannot create that user and
//! follows the mark instead. The next login of the identity makes up for a missing step 4.
//!
//! A repeated login finds its own session and changes nothing.

mod attempt;
mod union;

use mongodb::bson::{Uuid, doc};
use wxlogin_domain::account::{Changes, LoginOutcome, LoginRecord};
use wxlogin_domain::ports::KeyedTag;

use self::attempt::Attempt;
use crate::convert;
use crate::database::{Connections, retry_on_conflict};
use crate::document::{Identity, User};
use crate::error::Failure;
use crate::outbox::entries;
use crate::unit;

/// Tries once to record the login. After [`Failure::Conflict`] it has to be tried again.
pub(crate) async fn record(
    connections: &Connections,
    login: &LoginRecord,
) -> Result<LoginOutcome, Failure> {
    let attempt = Attempt::read(connections, login).await?;
    Box::pin(attempt.record()).await
}

impl Attempt<'_> {
    async fn record(mut self) -> Result<LoginOutcome, Failure> {
        let (mut outcome, changes) = self.decide()?;
        let LoginOutcome::SignedIn { user, is_new, session, union_conflict } = &mut outcome else {
            return Ok(outcome);
        };
        let user_id = convert::to_bson(user.id.as_uuid());
        self.release_replay_key(user_id, &changes).await?;
        if self.identity.is_none() {
            self.claim(&changes).await?;
        }
        let stored = match self.user.take() {
            Some(before) => self.sign_in(before, &changes).await?,
            None => self.make_user(&changes).await?,
        };
        // Of several logins with the claimed id, the one that created the user.
        *is_new = stored.first_session == Some(convert::to_bson(session.id.as_uuid()));
        if let Some(identity) = &self.identity {
            self.settle_union_id(identity, user_id, union_conflict.as_ref(), &changes).await?;
            self.write_session_key(identity, &stored).await?;
        }
        Ok(outcome)
    }

    fn decide(&self) -> Result<(LoginOutcome, Changes), Failure> {
        let logins = std::slice::from_ref(&self.login);
        let (mut outcomes, changes) = unit::decide(self.unit.clone(), logins)?;
        Ok((outcomes.swap_remove(0), changes))
    }

    /// Takes the replay key from an expired session of another user, because it is unique.
    async fn release_replay_key(&self, user: Uuid, changes: &Changes) -> Result<(), Failure> {
        let Some(holder) = self.replay_holder.as_ref().filter(|holder| holder.id != user) else {
            return Ok(());
        };
        let mut released = holder.clone();
        for row in &changes.sessions.updated {
            let is_held = row.session.user_id == convert::user_id(holder.id);
            if is_held {
                unit::apply(changes, &mut released)?;
            }
        }
        if released != *holder {
            self.connections.rewrite(released, &[]).await?;
        }
        Ok(())
    }

    /// Claims an unknown identity, and an unowned unionid, for the user.
    async fn claim(&self, changes: &Changes) -> Result<(), Failure> {
        if let (Some(owner), None) = (changes.union_owners.inserted.first(), &self.union_id) {
            self.connections.union_ids.insert_one(convert::new_union_id(owner)).await?;
        }
        for identity in &changes.identities.inserted {
            let claim = convert::to_bson(self.login.session.id.as_uuid());
            let claimed = convert::new_identity(identity, claim);
            self.connections.identities.insert_one(claimed).await?;
        }
        Ok(())
    }

    /// Signs an existing user in.
    async fn sign_in(&self, before: User, changes: &Changes) -> Result<User, Failure> {
        // Another user with an identity that was just claimed may have been erased while banned since
        // the first check.
        let is_claimed = self.identity.is_none();
        if is_claimed && self.has_tombstone([Some(self.login.tombstones.identity), None]).await? {
            let mut claimed = self.one_identity()?;
            claimed.insert("claim", convert::to_bson(self.login.session.id.as_uuid()));
            self.connections.identities.delete_one(claimed).await?;
            return Err(Failure::Conflict);
        }
        self.connections.save_user(before, changes, Vec::new()).await
    }

    async fn make_user(&self, changes: &Changes) -> Result<User, Failure> {
        let made = changes.users.inserted.first().ok_or(Failure::Conflict)?;
        let mut user = convert::new_user(&made.user);
        // Between the first check and the claim, a user with this identity may have been created, banned
        // and erased.
        let tombstones = &self.login.tombstones;
        if self.has_tombstone([Some(tombstones.identity), tombstones.union_id]).await? {
            self.connections.remove_traces(user.id).await?;
            return Err(Failure::Conflict);
        }
        unit::apply(changes, &mut user)?;
        user.first_session = Some(convert::to_bson(self.login.session.id.as_uuid()));
        user.outbox = entries(changes);
        let key = convert::identity_key(&self.login.identity);
        self.connections.make_user(&user, &key).await?;
        Ok(user)
    }

    /// Whether one of these tags belongs to a person who was erased while banned.
    async fn has_tombstone(&self, tags: [Option<KeyedTag>; 2]) -> Result<bool, Failure> {
        let found = self.connections.find_tombstones(tags.into_iter().flatten()).await?;
        Ok(!found.is_empty())
    }

    /// Stores the session key of a known identity.
    async fn write_session_key(&self, identity: &Identity, user: &User) -> Result<(), Failure> {
        if identity.user_id != user.id {
            let mut as_read = self.one_identity()?;
            as_read.insert("user_id", identity.user_id);
            let current = doc! { "$set": { "user_id": user.id } };
            self.connections.identities.update_one(as_read, current).await?;
        }
        retry_on_conflict(|| self.try_session_key(user)).await
    }

    /// Lets the domain decide on the session key that the identity has now.
    async fn try_session_key(&self, user: &User) -> Result<(), Failure> {
        let mut one = self.one_identity()?;
        one.insert("user_id", user.id);
        let Some(read) = self.connections.identities.find_one(one).await? else { return Ok(()) };
        let mut unit = self.unit.clone();
        unit::load_user(&mut unit, user)?;
        unit.load_identity(convert::stored_identity(&read, user.id)?);
        let (_, changes) = unit::decide(unit, std::slice::from_ref(&self.login))?;
        match changes.identities.updated.first() {
            Some(changed) => self.connections.rewrite_session_keys(&read, changed).await,
            None => Ok(()),
        }
    }
}
