//! Reads what a login is about. What an interrupted login has left counts as absent for the domain.

use mongodb::bson::{Document, Uuid, doc};
use wxlogin_domain::account::{Keys, LoginRecord, UnitOfWork};
use wxlogin_domain::model::{Timestamp, User as Account};
use wxlogin_domain::ports::KeyedTag;

use crate::commands::all;
use crate::convert;
use crate::database::Connections;
use crate::document::{Identity, Mark, Tombstone, UnionId, User};
use crate::error::Failure;
use crate::unit::load_user;
use crate::user_sessions::Sessions;

/// One attempt to record a login, with the documents that were read.
pub(super) struct Attempt<'a> {
    pub(super) connections: &'a Connections,
    /// The login. If its identity or unionid is claimed for a user who was never created, a new user
    /// gets the claimed id.
    pub(super) login: LoginRecord,
    /// The identity, or the claim of one.
    pub(super) identity: Option<Identity>,
    /// The owner of the unionid, or the claim of one.
    pub(super) union_id: Option<UnionId>,
    /// The id for which the unionid is claimed, if that user was never created.
    pub(super) union_claim: Option<Uuid>,
    /// The user to sign in, if they exist.
    pub(super) user: Option<User>,
    /// Another user with the login's replay key.
    pub(super) replay_holder: Option<User>,
    /// What the domain decides on.
    pub(super) unit: UnitOfWork,
}

impl<'a> Attempt<'a> {
    pub(super) async fn read(
        connections: &'a Connections,
        login: &LoginRecord,
    ) -> Result<Self, Failure> {
        let mut attempt = Attempt {
            connections,
            login: login.clone(),
            identity: None,
            union_id: None,
            union_claim: None,
            user: None,
            replay_holder: None,
            unit: UnitOfWork::default(),
        };
        attempt.read_user().await?;
        attempt.read_replay_holder().await?;
        // The first keys have been read.
        attempt.missing();
        let keys = attempt.missing();
        for tombstone in connections.find_tombstones(keys.tombstones.into_iter()).await? {
            attempt.unit.load_tombstone(convert::tombstone(&tombstone)?);
        }
        for key in &keys.conflicts {
            let known = doc! { "_id": convert::value(&convert::conflict_key(key))? };
            if let Some(known) = connections.conflicts.find_one(known).await? {
                attempt.unit.load_conflict(convert::conflict(&known)?);
            }
        }
        Ok(attempt)
    }

    fn missing(&mut self) -> Keys {
        self.unit.missing(std::slice::from_ref(&self.login))
    }

    /// Matches the document of the login's identity.
    pub(super) fn one_identity(&self) -> Result<Document, Failure> {
        let key = convert::identity_key(&self.login.identity);
        Ok(doc! { "_id": convert::value(&key)? })
    }

    async fn read_user(&mut self) -> Result<(), Failure> {
        let connections = self.connections;
        let (identity, union_id) = tokio::try_join!(self.find_identity(), self.find_union_id())?;
        let named = match &identity {
            Some(identity) => Some(connections.named_user(identity.user_id).await?),
            None => None,
        };
        let owner = match (&union_id, &identity, &named) {
            (Some(owned), Some(identity), Some(named)) if owned.user_id == identity.user_id => {
                Some(named.clone())
            }
            (Some(owned), _, _) => Some(connections.named_user(owned.user_id).await?),
            (None, _, _) => None,
        };
        if let Some(identity) = &identity
            && let Some((user_id, Some(_))) = &named
        {
            let mut row = convert::stored_identity(identity, *user_id)?;
            // A stored unionid without its owner is left by a login that was interrupted.
            row.union_id.take_if(|stored| {
                self.login.union_id.as_ref() == Some(stored)
                    && owner.as_ref().is_none_or(|(owner, _)| owner != user_id)
            });
            self.unit.load_identity(row);
        }
        match (&union_id, &owner) {
            (Some(owned), Some((user_id, Some(user)))) => {
                if let Some((claimed, None)) = named {
                    // With this id taken, a login that is only slow cannot create the claimed user.
                    connections.supersede_claim::<()>(claimed, user.id, self.login.now).await?;
                }
                self.unit.load_union_owner(convert::union_owner(owned, *user_id)?);
            }
            (_, Some((claimed, None))) => self.union_claim = Some(*claimed),
            (_, None) | (None, _) => {}
        }
        if let Some((user_id, user)) = named.or(owner) {
            match user {
                Some(user) => {
                    load_user(&mut self.unit, &user)?;
                    self.user = Some(user);
                }
                None => self.login.new_user_id = convert::user_id(user_id),
            }
        }
        (self.identity, self.union_id) = (identity, union_id);
        Ok(())
    }

    async fn find_identity(&self) -> Result<Option<Identity>, Failure> {
        Ok(self.connections.identities.find_one(self.one_identity()?).await?)
    }

    async fn find_union_id(&self) -> Result<Option<UnionId>, Failure> {
        let Some(named) = &self.login.union_id else { return Ok(None) };
        Ok(self.connections.union_ids.find_one(doc! { "_id": named.as_str() }).await?)
    }

    async fn read_replay_holder(&mut self) -> Result<(), Failure> {
        let Some(replay) = self.login.replay else { return Ok(()) };
        let tag = convert::binary(&replay.key.0);
        let tags = self.user.as_ref().and_then(|user| user.replay_tags.as_ref());
        if tags.is_some_and(|tags| tags.contains(&tag)) {
            return Ok(());
        }
        let holder = self.connections.users.find_one(doc! { "replay_tags": &tag }).await?;
        if let Some(holder) = &holder {
            let sessions = Sessions::of(holder)?;
            for session in sessions.iter().filter(|held| held.replay_tag.as_ref() == Some(&tag)) {
                self.unit.load_session(convert::stored_session(holder.id, session)?);
            }
        }
        self.replay_holder = holder;
        Ok(())
    }
}

impl Connections {
    /// Returns the tombstones with these tags.
    pub(crate) async fn find_tombstones(
        &self,
        tags: impl Iterator<Item = KeyedTag>,
    ) -> Result<Vec<Tombstone>, Failure> {
        let tags = tags.map(|tag| convert::binary(&tag.0)).collect::<Vec<_>>();
        if tags.is_empty() {
            return Ok(Vec::new());
        }
        let found = all(self.tombstones.find(doc! { "_id": { "$in": tags } }).await?).await?;
        for tombstone in &found {
            // The ban may have been lifted without the tombstone being removed yet.
            Box::pin(self.current_user(tombstone.user_id)).await?;
        }
        Ok(found)
    }

    /// Lets the id of a user who was never created mean another user. Then everything has to be read
    /// again.
    pub(crate) async fn supersede_claim<T>(
        &self,
        claimed: Uuid,
        by: Uuid,
        now: Timestamp,
    ) -> Result<T, Failure> {
        let never_created = Account::new(convert::user_id(claimed), now);
        let mark = Some(Mark::SupersededBy(by));
        let mark = User { version: 0, mark, ..convert::new_user(&never_created) };
        self.users.insert_one(mark).await?;
        Err(Failure::Conflict)
    }
}
