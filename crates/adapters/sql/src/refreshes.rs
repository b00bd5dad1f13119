//! Refreshes in one transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use async_trait::async_trait;
use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, JoinType, QueryFilter, QueryOrder,
    QuerySelect, RelationTrait,
};
use uuid::Uuid;
use wxlogin_domain::account::{Rotation, RotationOutcome};
use wxlogin_domain::model::User;
use wxlogin_domain::ports::StoreError;

use crate::account::{self, padded};
use crate::connections::Connections;
use crate::convert;
use crate::entity::{session, user};
use crate::error::Failure;
use crate::lane::Batch;
use crate::transaction::Transaction;

/// Refreshes sessions: see the domain's `account/rotation.rs`.
pub(crate) struct Refreshes;

#[async_trait]
impl Batch for Refreshes {
    type Request = Rotation;
    type Outcome = RotationOutcome;

    async fn run(
        transaction: &Transaction,
        rotations: &[Rotation],
        _again: bool,
    ) -> Result<Vec<Option<RotationOutcome>>, Failure> {
        let ids = rotations.iter().map(|rotation| rotation.session_id.as_uuid());
        let mut found = lock(transaction, ids.clone().collect()).await?;
        let missing = ids.filter(|id| !found.contains_key(id)).collect();
        let locked = locked_elsewhere(transaction, missing).await?;
        let mut rotated = BTreeMap::new();
        let mut outcomes = Vec::with_capacity(rotations.len());
        for rotation in rotations {
            let id = rotation.session_id.as_uuid();
            let outcome = match found.get_mut(&id) {
                Some((session, user)) => {
                    let outcome = rotation.of(convert::session(session.clone())?, user.clone());
                    if write_into(session, &outcome) {
                        rotated.insert(id, session.clone());
                    }
                    Some(outcome)
                }
                None => (!locked.contains(&id)).then_some(RotationOutcome::Gone),
            };
            outcomes.push(outcome);
        }
        save(transaction, rotated.into_values().collect()).await?;
        Ok(outcomes)
    }

    async fn run_alone(
        connections: &Connections,
        rotation: &Rotation,
    ) -> Result<RotationOutcome, StoreError> {
        connections.write(rotation, |transaction, one| Box::pin(rotate(transaction, one))).await
    }
}

/// Sessions and their users, locked unless somebody else has locked either.
async fn lock(
    transaction: &Transaction,
    ids: BTreeSet<Uuid>,
) -> Result<HashMap<Uuid, (session::Model, User)>, Failure> {
    let rows = session::Entity::find()
        .filter(session::Column::Id.is_in(padded(ids)))
        .join(JoinType::InnerJoin, session::Relation::User.def())
        .select_also(user::Entity)
        .order_by_asc(session::Column::Id)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(transaction)
        .await?;
    let mut found = HashMap::new();
    for (session, user) in rows {
        if let Some(user) = user {
            found.insert(session.id, (session, convert::user(user)?));
        }
    }
    Ok(found)
}

/// Those of the sessions, none of which could be locked, that exist all the same.
async fn locked_elsewhere(
    transaction: &Transaction,
    ids: BTreeSet<Uuid>,
) -> Result<HashSet<Uuid>, Failure> {
    if ids.is_empty() || transaction.get_database_backend() == DbBackend::Sqlite {
        return Ok(HashSet::new());
    }
    let found = session::Entity::find()
        .select_only()
        .column(session::Column::Id)
        .filter(session::Column::Id.is_in(padded(ids)))
        .into_tuple::<Uuid>()
        .all(transaction)
        .await?;
    Ok(found.into_iter().collect())
}

/// Puts what was rotated into the row; whether anything was.
fn write_into(row: &mut session::Model, outcome: &RotationOutcome) -> bool {
    let RotationOutcome::Rotated { session, .. } = outcome else { return false };
    row.generation = session.generation.0.into();
    row.last_used_at = session.last_used_at.as_millis();
    row.expires_at = session.expires_at.as_millis();
    true
}

async fn save(transaction: &Transaction, rows: Vec<session::Model>) -> Result<(), Failure> {
    let columns =
        [session::Column::Generation, session::Column::LastUsedAt, session::Column::ExpiresAt];
    account::update::<session::Entity>(transaction, rows, &columns).await
}

/// Moves a session to its next generation.
///
/// Everybody who writes a user's sessions locks the user first, so the session is read again once
/// the user is locked.
async fn rotate(
    transaction: &Transaction,
    rotation: &Rotation,
) -> Result<RotationOutcome, Failure> {
    let id = rotation.session_id.as_uuid();
    let found = session::Entity::find_by_id(id).one(transaction).await?;
    let Some(found) = found else { return Ok(RotationOutcome::Gone) };
    let user = user::Entity::find_by_id(found.user_id).lock_exclusive().one(transaction).await?;
    let Some(user) = user else { return Ok(RotationOutcome::Gone) };
    if user.merged_into.is_some() {
        // The session has become the winner's.
        return Err(Failure::Conflict);
    }
    // A purge takes sessions without their users.
    let found = session::Entity::find_by_id(id).lock_exclusive().one(transaction).await?;
    let Some(mut row) = found else { return Ok(RotationOutcome::Gone) };
    let outcome = rotation.of(convert::session(row.clone())?, convert::user(user)?);
    if write_into(&mut row, &outcome) {
        save(transaction, vec![row]).await?;
    }
    Ok(outcome)
}
