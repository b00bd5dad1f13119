//! One login.
//!
//! What it writes, in this order:
//!
//! 1. for an unknown identity, the **owner of the unionid** (if WeChat named one that nobody owns);
//! 2. for an unknown identity, the **claim**: its document, which names the user, and the session key;
//! 3. the **user's document**, with profile, times and the new session: from here on the login has
//!    happened;
//! 4. what follows from it, for an identity that was known before: its unionid, or the conflict; then
//!    the session key.
//!
//! Status, tombstones and replays are read before the first write, so a login that is refused writes
//! nothing. Tombstones are read once more after a claim or a unionid's new owner: whoever held the
//! identity or the unionid in between may have been shut out and erased, and then it is given up.
//!
//! **At the same time.** Steps 1 and 2 are inserts under unique keys: one login wins, the others
//! start over and find whom it named. Step 3 inserts the user or replaces the version that was read;
//! whatever has changed the user since then, another login, a ban or an erasure, makes it start over
//! and read the status again. So there is an order of all logins and bans of a user, and each works
//! on what the one before it has left: a ban that comes first is seen, a ban that comes later revokes
//! the session just opened with the others, and no login counts the sessions while another one adds
//! to them. Two users cannot both hold a replay tag, because it is unique by index.
//!
//! **After a crash.** What steps 1 and 2 leave is seen by no port: the owner and the identity name a
//! user who does not exist yet. Whoever comes next with this identity or this unionid becomes that
//! user. An identity that belongs to somebody else by then can also name the unionid; its login takes
//! the unionid over, after marking the id in between so that a login which is merely slow cannot make
//! that user any more and follows the mark instead. What is missing of step 4 is made up for by the
//! next login of the identity.
//!
//! A login that is given again finds its own session and changes nothing.

mod apply;
mod keep_key;
mod replay;
mod union;

use mongodb::bson::{Document, Uuid, doc};
use wxlogin_domain::model::UserStatus;
use wxlogin_domain::ports::{KeyedTag, LoginOutcome, LoginRecord, OnErasing, OnUnknown, Replay};

use self::replay::Earlier;
use crate::convert;
use crate::database::Connections;
use crate::document::{Identity, Session, UnionId, User};
use crate::error::Failure;

/// Tries once to write the login. After [`Failure::Conflict`] it has to be tried again.
pub(crate) async fn record(
    connections: &Connections,
    login: &LoginRecord,
) -> Result<LoginOutcome, Failure> {
    Attempt { connections, login }.record().await
}

struct Attempt<'a> {
    connections: &'a Connections,
    login: &'a LoginRecord,
}

impl Attempt<'_> {
    async fn record(&self) -> Result<LoginOutcome, Failure> {
        let (identity, owner) = tokio::try_join!(self.identity(), self.union_owner())?;
        let named = identity.as_ref().map(|identity| identity.user_id).or(owner);
        let (user_id, user) = match named {
            Some(id) => self.connections.resolve(id).await?,
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
                    self.look_for_a_ban().await?;
                }
                self.sign_in(user, replay).await?
            }
            None => self.make_user(user_id, replay).await?,
        };
        let union_conflict = self.settle_union(&identity, user_id, owner).await?;
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

    fn one_identity(&self) -> Result<Document, Failure> {
        let key = convert::identity_key(&self.login.identity);
        Ok(doc! { "_id": convert::value(&key)? })
    }

    async fn union_owner(&self) -> Result<Option<Uuid>, Failure> {
        let Some(named) = &self.login.union_id else {
            return Ok(None);
        };
        let found = self.connections.union_ids.find_one(doc! { "_id": named.as_str() }).await?;
        Ok(found.map(|found| found.user_id))
    }

    /// Why the login is not let in, if it is not.
    async fn refusal(
        &self,
        is_known: bool,
        user: Option<&User>,
    ) -> Result<Option<LoginOutcome>, Failure> {
        let tombstones = &self.login.tombstones;
        let of_union_id = tombstones.union_id.filter(|_| user.is_none());
        if !(is_known && user.is_some())
            && self.is_buried([Some(tombstones.identity), of_union_id]).await?
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

    /// Whether a ban of whom these stand for has outlived an account.
    async fn is_buried(&self, tags: [Option<KeyedTag>; 2]) -> Result<bool, Failure> {
        let tags = tags.into_iter().flatten().map(|tag| convert::binary(&tag.0));
        let buried = doc! { "_id": { "$in": tags.collect::<Vec<_>>() } };
        let Some(tombstone) = self.connections.tombstones.find_one(buried).await? else {
            return Ok(false);
        };
        // It may have been lifted, and still be there.
        Box::pin(self.connections.follow(tombstone.user_id)).await?;
        Ok(true)
    }

    /// Makes an unknown identity the user's, and the unionid with it.
    async fn claim(
        &self,
        user_id: Uuid,
        owner: Option<Uuid>,
    ) -> Result<(Identity, Option<Uuid>), Failure> {
        let named = self.login.union_id.as_ref().map(|named| named.as_str().to_owned());
        if let (Some(named), None) = (&named, owner) {
            self.own_union(named, user_id).await?;
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

    async fn own_union(&self, named: &str, user_id: Uuid) -> Result<(), Failure> {
        let Some(tombstone) = self.login.tombstones.union_id else {
            return Err(Failure::Unexpected("a unionid came without its tag".into()));
        };
        let tombstone = convert::binary(&tombstone.0);
        let owned = UnionId { union_id: named.to_owned(), user_id, tombstone };
        self.connections.union_ids.insert_one(owned).await?;
        Ok(())
    }

    /// Gives up the identity that has just been claimed for somebody who is there, if somebody else
    /// with it was shut out and erased since the first look.
    async fn look_for_a_ban(&self) -> Result<(), Failure> {
        if !self.is_buried([Some(self.login.tombstones.identity), None]).await? {
            return Ok(());
        }
        let mut claimed = self.one_identity()?;
        claimed.insert("claim", convert::to_bson(self.login.session.id.as_uuid()));
        self.connections.identities.delete_one(claimed).await?;
        Err(Failure::Conflict)
    }

    /// Signs in somebody who is there; the user as stored now, and the session.
    async fn sign_in(
        &self,
        before: User,
        replay: Option<Replay>,
    ) -> Result<(User, Session), Failure> {
        let mut user = before.clone();
        let opened = apply::sign_in(&mut user, self.login, replay)?;
        if user != before {
            user = self.connections.rewrite(user, &opened.outgoing).await?;
        }
        Ok((user, opened.session))
    }

    async fn make_user(
        &self,
        user_id: Uuid,
        replay: Option<Replay>,
    ) -> Result<(User, Session), Failure> {
        // Between the first look and the claim somebody with this identity may have been made, shut
        // out and erased. Whoever holds the identity now has it from after that.
        let tombstones = &self.login.tombstones;
        if self.is_buried([Some(tombstones.identity), tombstones.union_id]).await? {
            self.connections.clear_away(user_id).await?;
            return Err(Failure::Conflict);
        }
        let mut user = apply::new_user(user_id, self.login);
        let opened = apply::sign_in(&mut user, self.login, replay)?;
        self.connections.make_user(&user, &convert::identity_key(&self.login.identity)).await?;
        Ok((user, opened.session))
    }
}
