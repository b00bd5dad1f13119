//! Reads and locks what a batch touches.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;
use wxlogin_domain::ports::LoginRecord;

use super::apply::{Working, key_of};
use super::row::Row;
use super::sessions::{Living, OpenSession};
use super::{Attempt, padded};
use crate::entity::{identity, identity_conflict, session, tombstone, union_id, user};
use crate::error::Failure;
use crate::transaction::Transaction;

impl Working {
    pub(super) async fn load(
        transaction: &Transaction,
        logins: &[LoginRecord],
        attempt: Attempt,
    ) -> Result<Self, Failure> {
        let mut working = Self::default();
        working.load_identities(transaction, logins).await?;
        working.load_union_ids(transaction, logins).await?;
        working.load_tombstones(transaction, logins).await?;
        working.load_users(transaction).await?;
        working.load_conflicts(transaction, logins).await?;
        working.load_replays(transaction, logins).await?;
        if attempt == Attempt::Again {
            working.load_opened(transaction, logins).await?;
        }
        working.load_living(transaction, logins).await?;
        Ok(working)
    }

    async fn load_identities(
        &mut self,
        transaction: &Transaction,
        logins: &[LoginRecord],
    ) -> Result<(), Failure> {
        let mut apps = BTreeMap::<&str, BTreeSet<&str>>::new();
        for login in logins {
            let key = &login.identity;
            apps.entry(key.app_id.as_str()).or_default().insert(key.open_id.as_str());
        }
        let named = apps.into_iter().map(|(app_id, open_ids)| {
            let open_ids = identity::Column::OpenId.is_in(padded(open_ids));
            Condition::all().add(identity::Column::AppId.eq(app_id)).add(open_ids)
        });
        let rows = identity::Entity::find()
            .filter(named.fold(Condition::any(), Condition::add))
            .order_by_asc(identity::Column::AppId)
            .order_by_asc(identity::Column::OpenId)
            .lock_exclusive()
            .all(transaction)
            .await?;
        let rows = rows.into_iter().map(|row| ((row.app_id.clone(), row.open_id.clone()), row));
        self.identities = rows.map(|(key, row)| (key, Row::stored(row))).collect();
        Ok(())
    }

    async fn load_union_ids(
        &mut self,
        transaction: &Transaction,
        logins: &[LoginRecord],
    ) -> Result<(), Failure> {
        let named = logins.iter().filter_map(|login| login.union_id.as_ref());
        let named = named.map(wxlogin_domain::model::UnionId::as_str).collect::<BTreeSet<_>>();
        if named.is_empty() {
            return Ok(());
        }
        let rows = union_id::Entity::find()
            .filter(union_id::Column::UnionId.is_in(padded(named)))
            .order_by_asc(union_id::Column::UnionId)
            .lock_exclusive()
            .all(transaction)
            .await?;
        self.union_ids =
            rows.into_iter().map(|row| (row.union_id.clone(), Row::stored(row))).collect();
        Ok(())
    }

    /// The tombstones of identities that nobody knows and of unionids that nobody owns.
    async fn load_tombstones(
        &mut self,
        transaction: &Transaction,
        logins: &[LoginRecord],
    ) -> Result<(), Failure> {
        let tags = logins.iter().flat_map(|login| {
            let is_known = self.identities.contains_key(&key_of(login));
            let owner = login.union_id.as_ref().and_then(|id| self.union_ids.get(id.as_str()));
            let identity = (!is_known).then_some(login.tombstones.identity);
            let union_id = login.tombstones.union_id.filter(|_| owner.is_none());
            [identity, union_id].into_iter().flatten()
        });
        let tags = tags.map(|tag| tag.0.to_vec()).collect::<BTreeSet<_>>();
        if tags.is_empty() {
            return Ok(());
        }
        let rows = tombstone::Entity::find()
            .filter(tombstone::Column::Tag.is_in(padded(tags)))
            .all(transaction)
            .await?;
        self.tombstones = rows.into_iter().map(|row| row.tag).collect();
        Ok(())
    }

    async fn load_users(&mut self, transaction: &Transaction) -> Result<(), Failure> {
        let by_identity = self.identities.values().map(|row| row.model.user_id);
        let by_union = self.union_ids.values().map(|row| row.model.user_id);
        let ids = by_identity.chain(by_union).collect::<BTreeSet<_>>();
        if ids.is_empty() {
            return Ok(());
        }
        let rows = user::Entity::find()
            .filter(user::Column::Id.is_in(padded(ids)))
            .order_by_asc(user::Column::Id)
            .lock_exclusive()
            .all(transaction)
            .await?;
        self.users = rows.into_iter().map(|row| (row.id, Row::stored(row))).collect();
        Ok(())
    }

    /// The conflicts that people who bring a unionid have had before.
    async fn load_conflicts(
        &mut self,
        transaction: &Transaction,
        logins: &[LoginRecord],
    ) -> Result<(), Failure> {
        let with_union = logins.iter().filter(|login| login.union_id.is_some());
        let known = with_union.filter_map(|login| {
            let key = key_of(login);
            let row = self.identities.get(&key)?;
            let named = login.union_id.as_ref()?.as_str();
            let owner = self.union_ids.get(named).map(|row| row.model.user_id);
            let settled =
                row.model.union_id.as_deref() == Some(named) && owner == Some(row.model.user_id);
            (!settled).then_some(key)
        });
        let known = known.collect::<BTreeSet<_>>();
        if known.is_empty() {
            return Ok(());
        }
        let named = known.into_iter().map(|(app_id, open_id)| {
            Condition::all()
                .add(identity_conflict::Column::AppId.eq(app_id))
                .add(identity_conflict::Column::OpenId.eq(open_id))
        });
        let rows = identity_conflict::Entity::find()
            .filter(named.fold(Condition::any(), Condition::add))
            .all(transaction)
            .await?;
        self.conflicts = rows
            .into_iter()
            .map(|row| {
                let key = (row.app_id.clone(), row.open_id.clone(), row.union_id.clone());
                (key, Row::stored(row))
            })
            .collect();
        Ok(())
    }

    async fn load_replays(
        &mut self,
        transaction: &Transaction,
        logins: &[LoginRecord],
    ) -> Result<(), Failure> {
        let tags = logins.iter().filter_map(|login| login.replay);
        let tags = tags.map(|replay| replay.key.0.to_vec()).collect::<BTreeSet<_>>();
        if tags.is_empty() {
            return Ok(());
        }
        let rows = session::Entity::find()
            .filter(session::Column::ReplayTag.is_in(padded(tags)))
            .all(transaction)
            .await?;
        let rows = rows.into_iter().filter_map(|row| Some((row.replay_tag.clone()?, row)));
        self.replays = rows.collect();
        Ok(())
    }

    async fn load_opened(
        &mut self,
        transaction: &Transaction,
        logins: &[LoginRecord],
    ) -> Result<(), Failure> {
        let ids = logins.iter().map(|login| login.session.id.as_uuid());
        let rows = session::Entity::find()
            .filter(session::Column::Id.is_in(padded(ids)))
            .all(transaction)
            .await?;
        self.opened = rows.into_iter().map(|row| (row.id, Row::stored(row))).collect();
        Ok(())
    }

    /// The sessions of users who may now have too many. Most have few, and cost one row of a count.
    async fn load_living(
        &mut self,
        transaction: &Transaction,
        logins: &[LoginRecord],
    ) -> Result<(), Failure> {
        let users = self.users.keys().copied().collect::<Vec<_>>();
        if users.is_empty() {
            return Ok(());
        }
        let counts: Vec<(Uuid, i64)> = session::Entity::find()
            .select_only()
            .column(session::Column::UserId)
            .column_as(session::Column::Id.count(), "sessions")
            .filter(session::Column::UserId.is_in(padded(users.iter().copied())))
            .group_by(session::Column::UserId)
            .into_tuple()
            .all(transaction)
            .await?;
        let fewest = logins.iter().map(|login| login.max_sessions).min().unwrap_or(u32::MAX);
        let room =
            i64::from(fewest).saturating_sub(i64::try_from(logins.len()).unwrap_or(i64::MAX));
        let counts = counts.into_iter().collect::<BTreeMap<_, _>>();
        // A user without a session is not counted, and fills the limit all the same.
        let is_crowded = |user: &Uuid| counts.get(user).copied().unwrap_or(0) > room;
        let crowded = users.iter().copied().filter(is_crowded).collect::<BTreeSet<_>>();
        for user in users {
            let living =
                if crowded.contains(&user) { Living::Listed(Vec::new()) } else { Living::Few };
            self.living.insert(user, living);
        }
        if crowded.is_empty() {
            return Ok(());
        }
        let sessions: Vec<(Uuid, Uuid, i64, i64)> = session::Entity::find()
            .select_only()
            .columns([
                session::Column::UserId,
                session::Column::Id,
                session::Column::CreatedAt,
                session::Column::ExpiresAt,
            ])
            .filter(session::Column::UserId.is_in(padded(crowded)))
            .into_tuple()
            .all(transaction)
            .await?;
        for (user, id, created_at, expires_at) in sessions {
            self.living(user).push(OpenSession { id, created_at, expires_at });
        }
        Ok(())
    }
}
