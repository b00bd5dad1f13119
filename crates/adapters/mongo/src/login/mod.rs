//! One login.
//!
//! What it writes, in this order:
//!
//! 1. for an unknown identity, the **owner of the unionid** (if WeChat named one that nobody owns);
//! 2. for an unknown identity, the **claim**: its document, which names the user, and no session key;
//! 3. the **user's document**, with profile, times and the new session: from here on the login has
//!    happened;
//! 4. what follows from it: the unionid of an identity that was known before, or the conflict; then
//!    the session key.
//!
//! Status and replays are read before the first write, so a login that is refused writes nothing.
//!
//! **At the same time.** Steps 1 and 2 are inserts under unique keys: one login wins, the others
//! start over and find whom it named. Step 3 inserts the user or replaces the version that was read;
//! whatever has changed the user since then, another login or a ban, makes it start over and read
//! the status again. So there is an order of all logins and bans of a user, and each works on what
//! the one before it has left: a ban that comes first is seen, a ban that comes later empties the
//! sessions together with the one just opened, and no login counts the sessions while another one
//! adds to them. Two users cannot both hold a replay tag, because it is unique by index.
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
mod union;

use mongodb::bson::{Binary, Document, Uuid, doc};
use wxlogin_domain::model::UserStatus;
use wxlogin_domain::ports::{LoginOutcome, LoginRecord, OnUnknown};

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

/// What is known of a login's replay key.
enum Replay {
    /// A living session of the same user.
    Opened(Box<LoginOutcome>),
    /// Nothing yet: this is the tag for the new session.
    Tag(Binary),
    /// There is no key, or a living session of another user holds it, which is as if there were none.
    None,
}

impl Attempt<'_> {
    async fn record(&self) -> Result<LoginOutcome, Failure> {
        let (identity, owner) = tokio::try_join!(self.identity(), self.union_owner())?;
        let named = identity.as_ref().map(|identity| identity.user_id).or(owner);
        let (user_id, user) = match named {
            Some(id) => self.resolve(id).await?,
            None => (convert::to_bson(self.login.new_user_id.as_uuid()), None),
        };
        match &user {
            Some(user) if convert::status(user.status)? == UserStatus::Disabled => {
                return Ok(LoginOutcome::Disabled);
            }
            None if self.login.on_unknown == OnUnknown::Refuse => {
                return Ok(LoginOutcome::SignUpClosed);
            }
            _ => {}
        }
        let tag = match self.replay(user_id).await? {
            Replay::Opened(replayed) => return Ok(*replayed),
            Replay::Tag(tag) => Some(tag),
            Replay::None => None,
        };
        let (identity, owner) = match identity {
            Some(identity) => (identity, owner),
            None => self.claim(user_id, owner).await?,
        };
        let (user, session) = self.write_user(user_id, user, tag).await?;
        let union_conflict = self.settle_union(&identity, user_id, owner).await?;
        self.write_session_key(&identity, user_id).await?;
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

    /// The user that is meant by an id, and their document if there is one by now.
    async fn resolve(&self, id: Uuid) -> Result<(Uuid, Option<User>), Failure> {
        let mut id = id;
        for _ in 0..8 {
            let found = self.connections.users.find_one(doc! { "_id": id }).await?;
            match found.as_ref().and_then(|user| user.superseded_by) {
                Some(other) => id = other,
                None => return Ok((id, found)),
            }
        }
        Err(Failure::Unexpected("users supersede each other in a circle".into()))
    }

    /// What the login's replay key has opened before. The same record given again is not an earlier
    /// try: it goes through and changes nothing.
    async fn replay(&self, user_id: Uuid) -> Result<Replay, Failure> {
        let Some(replay) = self.login.replay else {
            return Ok(Replay::None);
        };
        let tag = convert::binary(&replay.0.0);
        let holder = self.connections.users.find_one(doc! { "replay_tags": &tag }).await?;
        let Some(mut holder) = holder else {
            return Ok(Replay::Tag(tag));
        };
        for stored in &holder.sessions {
            let session = convert::stored_session(stored)?;
            if session.replay_tag.as_ref() != Some(&tag)
                || session.id == convert::to_bson(self.login.session.id.as_uuid())
                || session.expires_at <= self.login.now.as_millis()
            {
                continue;
            }
            if holder.id != user_id {
                return Ok(Replay::None);
            }
            let user = convert::user(&holder)?;
            let session = convert::session(holder.id, &session)?;
            return Ok(Replay::Opened(Box::new(LoginOutcome::Replayed { user, session })));
        }
        if holder.id != user_id {
            // Its session is over, and the tag is unique. A user's own are looked after when the new
            // session goes in among them.
            let read = holder.version;
            apply::give_up_tag(&mut holder, &tag)?;
            self.replace_user(&holder, read).await?;
        }
        Ok(Replay::Tag(tag))
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
        let identity = Identity {
            key: convert::identity_key(&self.login.identity),
            user_id,
            union_id: named.clone(),
            session_key: None,
            session_key_tag: None,
            session_key_at: None,
        };
        self.connections.identities.insert_one(&identity).await?;
        Ok((identity, named.map(|_| user_id)))
    }

    async fn own_union(&self, named: &str, user_id: Uuid) -> Result<(), Failure> {
        let owned = UnionId { union_id: named.to_owned(), user_id };
        self.connections.union_ids.insert_one(owned).await?;
        Ok(())
    }

    /// Signs the user in, or makes them; the user as stored now, and the session.
    async fn write_user(
        &self,
        user_id: Uuid,
        user: Option<User>,
        tag: Option<Binary>,
    ) -> Result<(User, Session), Failure> {
        let Some(before) = user else {
            let mut user = apply::new_user(user_id, self.login);
            let session = apply::sign_in(&mut user, self.login, tag)?;
            self.connections.users.insert_one(&user).await?;
            return Ok((user, session));
        };
        let mut user = before.clone();
        let session = apply::sign_in(&mut user, self.login, tag)?;
        if user != before {
            self.replace_user(&user, before.version).await?;
            user.version = before.version + 1;
        }
        Ok((user, session))
    }

    /// Writes what a login may change about a user, if the user is still the version that was read.
    async fn replace_user(&self, user: &User, read: i64) -> Result<(), Failure> {
        let mut set = doc! {
            "updated_at": user.updated_at,
            "last_login_at": user.last_login_at,
            "sessions": convert::value(&user.sessions)?,
            "version": read + 1,
        };
        for (field, text) in [("nickname", &user.nickname), ("avatar_url", &user.avatar_url)] {
            if let Some(text) = text {
                set.insert(field, text);
            }
        }
        let mut update = doc! {};
        match &user.replay_tags {
            Some(tags) => {
                set.insert("replay_tags", convert::value(tags)?);
            }
            None => {
                update.insert("$unset", doc! { "replay_tags": "" });
            }
        }
        update.insert("$set", set);
        let as_read = doc! { "_id": user.id, "version": read };
        one_matched(self.connections.users.update_one(as_read, update).await?.matched_count)
    }

    /// Keeps the session key, unless a later login has brought another one.
    async fn write_session_key(&self, identity: &Identity, user_id: Uuid) -> Result<(), Failure> {
        if identity.user_id != user_id {
            let mut as_read = self.one_identity()?;
            as_read.insert("user_id", identity.user_id);
            let resolved = doc! { "$set": { "user_id": user_id } };
            self.connections.identities.update_one(as_read, resolved).await?;
        }
        let now = self.login.now.as_millis();
        let mut unless_later = self.one_identity()?;
        let absent = doc! { "session_key_at": { "$exists": false } };
        let earlier = doc! { "session_key_at": { "$lte": now } };
        unless_later.insert("$or", [absent, earlier].map(mongodb::bson::Bson::from).to_vec());
        let key = &self.login.session_key;
        let update = doc! { "$set": {
            "session_key": convert::binary(&key.sealed.0),
            "session_key_tag": convert::binary(&key.tag.0),
            "session_key_at": now,
        } };
        self.connections.identities.update_one(unless_later, update).await?;
        Ok(())
    }
}

/// An update that has found nothing is late: somebody else has changed the document.
fn one_matched(matched: u64) -> Result<(), Failure> {
    if matched == 1 { Ok(()) } else { Err(Failure::Conflict) }
}
