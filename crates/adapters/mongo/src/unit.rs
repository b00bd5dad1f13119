//! Lets the domain decide on the documents that were read, and applies what it has decided.

use std::collections::BTreeSet;

use mongodb::bson::{Uuid, doc};
use wxlogin_domain::account::{Changes, Command, SessionOutline, UnitOfWork};

use crate::commands::all;
use crate::convert;
use crate::database::Connections;
use crate::document::{Identity, OutboxEntry, User};
use crate::error::Failure;
use crate::outbox::entries;
use crate::user_sessions::Sessions;

/// Loads a user and all sessions of the user.
pub(crate) fn load_user(unit: &mut UnitOfWork, document: &User) -> Result<(), Failure> {
    let row = convert::stored_user(document, None)?;
    let mut outlines = Vec::new();
    for session in Sessions::of(document)?.iter() {
        let session = convert::stored_session(document.id, session)?;
        outlines.push(SessionOutline::from(&session.session));
        unit.load_session(session);
    }
    unit.load_session_list(row.user.id, outlines);
    unit.load_user(row);
    Ok(())
}

/// Lets a command decide on what was loaded.
pub(crate) fn decide<C: Command + ?Sized>(
    mut unit: UnitOfWork,
    command: &C,
) -> Result<(C::Outcome, Changes), Failure> {
    let outcome = command.apply(&mut unit)?;
    Ok((outcome, unit.into_changes()))
}

/// Applies the changes of a user and of the user's sessions to the document. Sessions that do not change
/// stay as they are stored.
pub(crate) fn apply(changes: &Changes, document: &mut User) -> Result<(), Failure> {
    let id = convert::user_id(document.id);
    let mut users = changes.users.inserted.iter().chain(&changes.users.updated);
    if let Some(row) = users.find(|row| row.user.id == id) {
        convert::set_user(document, &row.user);
    }
    let mut sessions = Sessions::of(document)?;
    for ended in &changes.sessions.deleted {
        sessions.remove(convert::to_bson(ended.as_uuid()));
    }
    for row in &changes.sessions.updated {
        // Rules change nothing else about a stored session.
        if row.replay.is_none() {
            sessions.clear_replay(convert::to_bson(row.session.id.as_uuid()));
        }
    }
    for row in changes.sessions.inserted.iter().filter(|row| row.session.user_id == id) {
        sessions.add(convert::new_session(row))?;
    }
    sessions.store_in(document);
    Ok(())
}

impl Connections {
    /// Lets a command decide about one user, and writes what it changes.
    pub(crate) async fn run<C: Command>(
        &self,
        mut unit: UnitOfWork,
        user: User,
        command: &C,
    ) -> Result<C::Outcome, Failure> {
        load_user(&mut unit, &user)?;
        let (outcome, changes) = decide(unit, command)?;
        self.save_user(user, &changes, Vec::new()).await?;
        Ok(outcome)
    }

    /// Writes what a command changes about a user over the version that was read, with its audit events
    /// and revocations and these entries in the outbox. Returns the user as stored.
    pub(crate) async fn save_user(
        &self,
        before: User,
        changes: &Changes,
        others: Vec<OutboxEntry>,
    ) -> Result<User, Failure> {
        let mut user = before.clone();
        apply(changes, &mut user)?;
        let mut entries = entries(changes);
        entries.extend(others);
        if user == before && entries.is_empty() {
            return Ok(user);
        }
        self.rewrite(user, &entries).await
    }

    /// Loads all identities of a user.
    pub(crate) async fn load_identities(
        &self,
        unit: &mut UnitOfWork,
        user: Uuid,
    ) -> Result<Vec<Identity>, Failure> {
        let of_user = doc! { "user_id": { "$in": self.ids_of(user).await? } };
        let identities = all(self.identities.find(of_user).await?).await?;
        for identity in &identities {
            unit.load_identity(convert::stored_identity(identity, user)?);
        }
        Ok(identities)
    }

    /// Loads those of the audit events that have been written: their commands are repeated.
    pub(crate) async fn load_events(
        &self,
        unit: &mut UnitOfWork,
        events: BTreeSet<uuid::Uuid>,
    ) -> Result<(), Failure> {
        if events.is_empty() {
            return Ok(());
        }
        self.deliver_all().await?;
        let ids = events.into_iter().map(convert::to_bson).collect::<Vec<_>>();
        for event in all(self.audit_events.find(doc! { "_id": { "$in": ids } }).await?).await? {
            unit.load_event(convert::audit_event(&event)?);
        }
        Ok(())
    }
}
