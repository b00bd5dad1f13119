//! Reads and locks the rows that a command asks for.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::{Condition, LockBehavior, LockType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, JoinType, QueryFilter, QueryOrder,
    QuerySelect, RelationTrait,
};
use uuid::Uuid;
use wxlogin_domain::account::{ConflictKey, Keys, SessionOutline, UnitOfWork};
use wxlogin_domain::model::{IdentityKey, LegacyId, SessionId, Timestamp, UnionId, UserId};
use wxlogin_domain::ports::KeyedTag;

use super::rows::{Loaded, padded};
use crate::convert;
use crate::entity::{audit_event, identity, identity_conflict, session, tombstone, union_id, user};
use crate::error::Failure;
use crate::lease;
use crate::transaction::Transaction;

/// The user, the session, its app and openid, its generation, and when it was created, was last used and
/// expires.
type OutlineRow = (Uuid, Uuid, String, String, i64, i64, i64, i64);

/// The lease that keeps instances whose current master keys differ from giving one number to two users.
const PHONES: &str = "phone numbers";

/// Loads what the keys find, in the order in which they are declared: every transaction locks
/// identities, unionids, users, tombstones and conflicts in this order, each sorted.
pub(super) async fn load(
    transaction: &Transaction,
    keys: Keys,
    unit: &mut UnitOfWork,
    loaded: &mut Loaded,
) -> Result<(), Failure> {
    let Keys {
        legacy_ids,
        identities,
        identities_of,
        union_ids,
        union_ids_of,
        users,
        merged_into,
        phones,
        tombstones,
        tombstones_of,
        conflicts,
        conflicts_of_identities,
        conflicts_of,
        sessions,
        replays,
        session_lists,
        events,
    } = keys;
    let mut loader = Loader { transaction, unit, loaded };
    loader.users_where(any(user::Column::LegacyId, texts(&legacy_ids, LegacyId::as_str))).await?;
    loader.lock_identities(&identities, &identities_of).await?;
    loader.lock_union_owners(&union_ids, &union_ids_of).await?;
    loader.lock_users(&users).await?;
    loader.names_of(&identities_of, &union_ids_of).await?;
    loader.users_where(any(user::Column::MergedInto, ids(&merged_into))).await?;
    if phones.len() > 1 {
        lease::wait(transaction, PHONES).await?;
    }
    loader.users_where(any(user::Column::PhoneTag, tags(&phones))).await?;
    loader.tombstones(&tombstones, &tombstones_of).await?;
    loader.conflicts(&conflicts, &conflicts_of_identities, &conflicts_of).await?;
    loader.sessions(&sessions, &replays).await?;
    loader.session_lists(session_lists).await?;
    loader.events(events).await
}

/// Loads and locks identities with their users in one statement, without waiting for locks. What is
/// returned is locked by somebody else; it is not loaded.
pub(crate) async fn load_identities(
    transaction: &Transaction,
    identities: BTreeSet<IdentityKey>,
    unit: &mut UnitOfWork,
    loaded: &mut Loaded,
) -> Result<BTreeSet<IdentityKey>, Failure> {
    let Some(condition) = these_identities(&identities) else { return Ok(BTreeSet::new()) };
    let rows = identity::Entity::find()
        .filter(condition)
        .join(JoinType::InnerJoin, identity::Relation::User.def())
        .select_also(user::Entity)
        .order_by_asc(identity::Column::AppId)
        .order_by_asc(identity::Column::OpenId)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(transaction)
        .await?;
    let mut missing = identities.clone();
    let mut users = BTreeSet::new();
    let mut loader = Loader { transaction, unit, loaded };
    for (identity, user) in rows {
        missing.remove(&convert::identity_key(&identity.app_id, &identity.open_id)?);
        users.insert(UserId::from_uuid(identity.user_id));
        loader.take_identity(identity)?;
        user.map(|user| loader.take_user(user)).transpose()?;
    }
    let locked = locked_elsewhere(transaction, &missing).await?;
    unit.note_loaded(Keys { identities, users, ..Keys::default() });
    Ok(locked)
}

/// Those of the identities, none of which could be locked, that exist all the same.
async fn locked_elsewhere(
    transaction: &Transaction,
    identities: &BTreeSet<IdentityKey>,
) -> Result<BTreeSet<IdentityKey>, Failure> {
    // It has one writer.
    let has_no_locks = transaction.get_database_backend() == DbBackend::Sqlite;
    let Some(condition) = these_identities(identities).filter(|_| !has_no_locks) else {
        return Ok(BTreeSet::new());
    };
    let rows = identity::Entity::find()
        .select_only()
        .columns([identity::Column::AppId, identity::Column::OpenId])
        .filter(condition)
        .into_tuple::<(String, String)>()
        .all(transaction)
        .await?;
    let keys = rows.iter().map(|(app_id, open_id)| convert::identity_key(app_id, open_id));
    Ok(keys.collect::<Result<_, _>>()?)
}

struct Loader<'a> {
    transaction: &'a Transaction,
    unit: &'a mut UnitOfWork,
    loaded: &'a mut Loaded,
}

impl Loader<'_> {
    async fn users_where(&mut self, condition: Option<Condition>) -> Result<(), Failure> {
        for row in self.find::<user::Entity>(condition).await? {
            self.take_user(row)?;
        }
        Ok(())
    }

    async fn lock_users(&mut self, users: &BTreeSet<UserId>) -> Result<(), Failure> {
        let these = any(user::Column::Id, ids(users));
        for row in self.lock::<user::Entity>(these, &[user::Column::Id]).await? {
            self.take_user(row)?;
        }
        Ok(())
    }

    fn take_user(&mut self, row: user::Model) -> Result<(), Failure> {
        self.loaded.users.insert(row.id, row.clone());
        self.unit.load_user(convert::stored_user(row)?);
        Ok(())
    }

    async fn lock_identities(
        &mut self,
        identities: &BTreeSet<IdentityKey>,
        of: &BTreeSet<UserId>,
    ) -> Result<(), Failure> {
        let order = [identity::Column::AppId, identity::Column::OpenId];
        for row in self.lock::<identity::Entity>(these_identities(identities), &order).await? {
            self.take_identity(row)?;
        }
        self.lock::<identity::Entity>(any(identity::Column::UserId, ids(of)), &order).await?;
        Ok(())
    }

    fn take_identity(&mut self, row: identity::Model) -> Result<(), Failure> {
        self.loaded.identities.insert((row.app_id.clone(), row.open_id.clone()), row.clone());
        self.unit.load_identity(convert::stored_identity(row)?);
        Ok(())
    }

    async fn lock_union_owners(
        &mut self,
        union_ids: &BTreeSet<UnionId>,
        of: &BTreeSet<UserId>,
    ) -> Result<(), Failure> {
        let order = [union_id::Column::UnionId];
        let these = any(union_id::Column::UnionId, texts(union_ids, UnionId::as_str));
        for row in self.lock::<union_id::Entity>(these, &order).await? {
            self.unit.load_union_owner(convert::union_owner(row)?);
        }
        self.lock::<union_id::Entity>(any(union_id::Column::UserId, ids(of)), &order).await?;
        Ok(())
    }

    /// The identities and unionids of users who are locked. They were locked before their users, and
    /// a login may have added others until then; now it cannot.
    async fn names_of(
        &mut self,
        identities_of: &BTreeSet<UserId>,
        union_ids_of: &BTreeSet<UserId>,
    ) -> Result<(), Failure> {
        let of_users = any(identity::Column::UserId, ids(identities_of));
        for row in self.find::<identity::Entity>(of_users).await? {
            self.take_identity(row)?;
        }
        let of_users = any(union_id::Column::UserId, ids(union_ids_of));
        for row in self.find::<union_id::Entity>(of_users).await? {
            self.unit.load_union_owner(convert::union_owner(row)?);
        }
        Ok(())
    }

    async fn tombstones(
        &mut self,
        tombstones: &BTreeSet<KeyedTag>,
        of: &BTreeSet<UserId>,
    ) -> Result<(), Failure> {
        let these = either([
            any(tombstone::Column::Tag, tags(tombstones)),
            any(tombstone::Column::UserId, ids(of)),
        ]);
        for row in self.lock::<tombstone::Entity>(these, &[tombstone::Column::Tag]).await? {
            self.unit.load_tombstone(convert::tombstone(row)?);
        }
        Ok(())
    }

    async fn conflicts(
        &mut self,
        conflicts: &BTreeSet<ConflictKey>,
        of_identities: &BTreeSet<IdentityKey>,
        of: &BTreeSet<UserId>,
    ) -> Result<(), Failure> {
        let of_identity = |identity: &IdentityKey| {
            Condition::all()
                .add(identity_conflict::Column::AppId.eq(identity.app_id.as_str()))
                .add(identity_conflict::Column::OpenId.eq(identity.open_id.as_str()))
        };
        let this = |key: &ConflictKey| {
            let union_id = identity_conflict::Column::UnionId.eq(key.union_id.as_str());
            of_identity(&key.identity).add(union_id)
        };
        let named = conflicts.iter().map(this).chain(of_identities.iter().map(of_identity));
        let these = either(named.map(Some).chain([
            any(identity_conflict::Column::UserId, ids(of)),
            any(identity_conflict::Column::OwnerId, ids(of)),
        ]));
        let order = [
            identity_conflict::Column::AppId,
            identity_conflict::Column::OpenId,
            identity_conflict::Column::UnionId,
        ];
        for row in self.lock::<identity_conflict::Entity>(these, &order).await? {
            self.unit.load_conflict(convert::conflict(&row)?);
        }
        Ok(())
    }

    async fn sessions(
        &mut self,
        sessions: &BTreeSet<SessionId>,
        replays: &BTreeSet<KeyedTag>,
    ) -> Result<(), Failure> {
        let these = sessions.iter().map(|id| id.as_uuid()).collect();
        let with_replays = any(session::Column::ReplayTag, tags(replays));
        for condition in [any(session::Column::Id, these), with_replays] {
            for row in self.find::<session::Entity>(condition).await? {
                self.unit.load_session(convert::stored_session(row)?);
            }
        }
        Ok(())
    }

    /// The sessions of users who may have too many. Most have few, and cost one row of a count.
    async fn session_lists(&mut self, rooms: BTreeMap<UserId, u32>) -> Result<(), Failure> {
        let counts = self.count_sessions(&rooms).await?;
        let mut lists = BTreeMap::new();
        for (user, room) in rooms {
            // A user without a session is not counted.
            if room > 0 && counts.get(&user).copied().unwrap_or(0) <= i64::from(room) {
                self.unit.load_few_sessions(user);
            } else {
                lists.insert(user, Vec::new());
            }
        }
        let Some(of_users) = any(session::Column::UserId, ids(&lists.keys().copied().collect()))
        else {
            return Ok(());
        };
        let rows: Vec<OutlineRow> = session::Entity::find()
            .select_only()
            .columns([
                session::Column::UserId,
                session::Column::Id,
                session::Column::AppId,
                session::Column::OpenId,
                session::Column::Generation,
                session::Column::CreatedAt,
                session::Column::LastUsedAt,
                session::Column::ExpiresAt,
            ])
            .filter(of_users)
            .into_tuple()
            .all(self.transaction)
            .await?;
        for (user, id, app_id, open_id, generation, created_at, last_used_at, expires_at) in rows {
            let outline = SessionOutline {
                id: SessionId::from_uuid(id),
                identity: convert::identity_key(&app_id, &open_id)?,
                generation: convert::generation(generation)?,
                created_at: Timestamp::from_millis(created_at),
                last_used_at: Timestamp::from_millis(last_used_at),
                expires_at: Timestamp::from_millis(expires_at),
            };
            lists.entry(UserId::from_uuid(user)).or_default().push(outline);
        }
        for (user, sessions) in lists {
            self.unit.load_session_list(user, sessions);
        }
        Ok(())
    }

    async fn count_sessions(
        &self,
        rooms: &BTreeMap<UserId, u32>,
    ) -> Result<BTreeMap<UserId, i64>, Failure> {
        let counted = rooms.iter().filter(|(_, room)| **room > 0).map(|(user, _)| *user).collect();
        let Some(of_users) = any(session::Column::UserId, ids(&counted)) else {
            return Ok(BTreeMap::new());
        };
        let counts: Vec<(Uuid, i64)> = session::Entity::find()
            .select_only()
            .column(session::Column::UserId)
            .column_as(session::Column::Id.count(), "sessions")
            .filter(of_users)
            .group_by(session::Column::UserId)
            .into_tuple()
            .all(self.transaction)
            .await?;
        Ok(counts.into_iter().map(|(user, count)| (UserId::from_uuid(user), count)).collect())
    }

    async fn events(&mut self, events: BTreeSet<Uuid>) -> Result<(), Failure> {
        let these = any(audit_event::Column::Id, events.into_iter().collect());
        for row in self.find::<audit_event::Entity>(these).await? {
            self.unit.load_event(convert::audit_event(row)?);
        }
        Ok(())
    }

    async fn find<E: EntityTrait>(
        &self,
        condition: Option<Condition>,
    ) -> Result<Vec<E::Model>, DbErr> {
        let Some(condition) = condition else { return Ok(Vec::new()) };
        E::find().filter(condition).all(self.transaction).await
    }

    async fn lock<E: EntityTrait>(
        &self,
        condition: Option<Condition>,
        order: &[E::Column],
    ) -> Result<Vec<E::Model>, DbErr> {
        let Some(condition) = condition else { return Ok(Vec::new()) };
        let rows = E::find().filter(condition).lock_exclusive();
        let rows = order.iter().fold(rows, |rows, column| rows.order_by_asc(*column));
        rows.all(self.transaction).await
    }
}

fn these_identities(identities: &BTreeSet<IdentityKey>) -> Option<Condition> {
    let mut apps = BTreeMap::<&str, Vec<&str>>::new();
    for identity in identities {
        apps.entry(identity.app_id.as_str()).or_default().push(identity.open_id.as_str());
    }
    either(apps.into_iter().map(|(app_id, open_ids)| {
        let open_ids = identity::Column::OpenId.is_in(padded(open_ids));
        Some(Condition::all().add(identity::Column::AppId.eq(app_id)).add(open_ids))
    }))
}

/// The rows whose column has one of these values; `None` when there are none.
fn any<C: ColumnTrait, V: Clone + Into<sea_orm::Value>>(
    column: C,
    values: Vec<V>,
) -> Option<Condition> {
    (!values.is_empty()).then(|| Condition::all().add(column.is_in(padded(values))))
}

fn either(conditions: impl IntoIterator<Item = Option<Condition>>) -> Option<Condition> {
    conditions.into_iter().flatten().fold(None, |all: Option<Condition>, condition| {
        Some(all.unwrap_or_else(Condition::any).add(condition))
    })
}

fn ids(users: &BTreeSet<UserId>) -> Vec<Uuid> {
    users.iter().map(|id| id.as_uuid()).collect()
}

fn tags(tags: &BTreeSet<KeyedTag>) -> Vec<Vec<u8>> {
    tags.iter().map(|tag| tag.0.to_vec()).collect()
}

fn texts<T>(values: &BTreeSet<T>, text: fn(&T) -> &str) -> Vec<&str> {
    values.iter().map(text).collect()
}
