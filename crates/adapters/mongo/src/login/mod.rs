//! Records a login.
//!
//! It writes, in this order:
//!
//! 1. for an unknown identity, the **owner of the unionid**, if WeChat named one that nobody owns;
//! 2. for an unknown identity, the **claim**: its document, which names the user, and the session key;
//! 3. the **user's document** with profile, times and the new session; with this write the login has
//!    happened;
//! 4. for a known identity, its unionid or the conflict, then the session key.
//!
//! Status, tombstones and replays are read before the first write, so a refused login writes nothing.
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

mod apply;
mod attempt;
mod replay;
mod session_key;
mod union;

use mongodb::bson::{Uuid, doc};
use wxlogin_domain::model::UserStatus;
use wxlogin_domain::ports::{LoginOutcome, LoginRecord, OnErasing, OnUnknown, Replay};

use self::attempt::Attempt;
use self::replay::Earlier;
use crate::convert;
use crate::database::Connections;
use crate::document::{Identity, Session, User};
use crate::error::Failure;

/// Tries once to record the login. After [`Failure::Conflict`] it has to be tried again.
pub(crate) async fn record(
    connections: &Connections,
    login: &LoginRecord,
) -> Result<LoginOutcome, Failure> {
    Attempt { connections, login }.record().await
}

impl Attempt<'_> {
    async fn record(&self) -> Result<LoginOutcome, Failure> {
        let (identity, owner) = tokio::try_join!(self.identity(), self.union_id_owner())?;
        let named = identity.as_ref().map(|identity| identity.user_id).or(owner);
        let (user_id, user) = match named {
            Some(id) => self.connections.named_user(id).await?,
            None => (convert::to_bson(self.login.new_user_id.as_uuid()), None),
        };
        if let Some(refusal) = self.refusal(identity.is_some(), user.as_ref()).await? {
            return Ok(refusal);
        }
        let replay = match self.earlier(user_id).await? {
            Earlier::Opened(replayed) => return Ok(LoginOutcome::Replayed(*replayed)),
            Earlier::Nothing(replay) => replay,
        };
        let is_claimed = identity.is_none();
        let (identity, owner) = match identity {
            Some(identity) => (identity, owner),
            None => self.claim(user_id, owner).await?,
        };
        let (user, session) = match user {
            Some(user) => {
                if is_claimed {
                    self.recheck_tombstone().await?;
                }
                self.sign_in(user, replay).await?
            }
            None => self.make_user(user_id, replay).await?,
        };
        let union_conflict = self.settle_union_id(&identity, user_id, owner).await?;
        if !is_claimed {
            self.write_session_key(&identity, user_id).await?;
        }
        Ok(LoginOutcome::SignedIn {
            is_new: user.first_session == Some(session.id),
            user: convert::user(&user)?,
            session: convert::session(user_id, &session)?,
            union_conflict,
        })
    }

    async fn identity(&self) -> Result<Option<Identity>, Failure> {
        Ok(self.connections.identities.find_one(self.one_identity()?).await?)
    }

    async fn union_id_owner(&self) -> Result<Option<Uuid>, Failure> {
        let Some(named) = &self.login.union_id else {
            return Ok(None);
        };
        let found = self.connections.union_ids.find_one(doc! { "_id": named.as_str() }).await?;
        Ok(found.map(|found| found.user_id))
    }

    /// Returns why the login is refused, if it is.
    async fn refusal(
        &self,
        is_known: bool,
        user: Option<&User>,
    ) -> Result<Option<LoginOutcome>, Failure> {
        let tombstones = &self.login.tombstones;
        let of_union_id = tombstones.union_id.filter(|_| user.is_none());
        if !(is_known && user.is_some())
            && self.has_tombstone([Some(tombstones.identity), of_union_id]).await?
        {
            return Ok(Some(LoginOutcome::Disabled));
        }
        let Some(user) = user else {
            return Ok(match self.login.on_unknown {
                OnUnknown::Create => None,
                OnUnknown::Refuse => Some(LoginOutcome::SignUpClosed),
            });
        };
        Ok(match (convert::status(user.status)?, user.erase_at, self.login.on_erasing) {
            (UserStatus::Disabled, _, _) => Some(LoginOutcome::Disabled),
            (UserStatus::Active, Some(_), OnErasing::Refuse) => Some(LoginOutcome::Erasing),
            (UserStatus::Active, Some(_), OnErasing::Restore) | (UserStatus::Active, None, _) => {
                None
            }
        })
    }

    /// Claims an unknown identity, and an unowned unionid, for the user.
    async fn claim(
        &self,
        user_id: Uuid,
        owner: Option<Uuid>,
    ) -> Result<(Identity, Option<Uuid>), Failure> {
        let named = self.login.union_id.as_ref().map(|named| named.as_str().to_owned());
        if let (Some(named), None) = (&named, owner) {
            self.claim_union_id(named, user_id).await?;
        }
        let session_key = &self.login.session_key;
        let identity = Identity {
            key: convert::identity_key(&self.login.identity),
            user_id,
            claim: Some(convert::to_bson(self.login.session.id.as_uuid())),
            tombstone: convert::binary(&self.login.tombstones.identity.0),
            union_id: named.clone(),
            session_key: Some(convert::binary(&session_key.sealed.0)),
            session_key_tag: Some(convert::binary(&session_key.tag.0)),
            session_key_at: Some(self.login.now.as_millis()),
            previous_session_key: None,
            previous_session_key_until: None,
        };
        self.connections.identities.insert_one(&identity).await?;
        Ok((identity, named.map(|_| user_id)))
    }

    /// Gives up an identity that was just claimed for an existing user, if another user with it has been
    /// erased while banned since the first check.
    async fn recheck_tombstone(&self) -> Result<(), Failure> {
        if !self.has_tombstone([Some(self.login.tombstones.identity), None]).await? {
            return Ok(());
        }
        let mut claimed = self.one_identity()?;
        claimed.insert("claim", convert::to_bson(self.login.session.id.as_uuid()));
        self.connections.identities.delete_one(claimed).await?;
        Err(Failure::Conflict)
    }

    /// Signs an existing user in. Returns the stored user and the session.
    async fn sign_in(
        &self,
        before: User,
        replay: Option<Replay>,
    ) -> Result<(User, Session), Failure> {
        let mut user = before.clone();
        let opened = apply::sign_in(&mut user, self.login, replay)?;
        if user != before {
            user = self.connections.rewrite(user, &opened.entries).await?;
        }
        Ok((user, opened.session))
    }

    async fn make_user(
        &self,
        user_id: Uuid,
        replay: Option<Replay>,
    ) -> Result<(User, Session), Failure> {
        // Between the first check and the claim, a user with this identity may have been created, banned
        // and erased.
        let tombstones = &self.login.tombstones;
        if self.has_tombstone([Some(tombstones.identity), tombstones.union_id]).await? {
            self.connections.remove_traces(user_id).await?;
            return Err(Failure::Conflict);
        }
        let mut user = apply::new_user(user_id, self.login);
        let opened = apply::sign_in(&mut user, self.login, replay)?;
        self.connections.make_user(&user, &convert::identity_key(&self.login.identity)).await?;
        Ok((user, opened.session))
    }
}
