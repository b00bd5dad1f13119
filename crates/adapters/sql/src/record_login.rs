//! One login, inside a transaction that holds the write lock.

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait,
    IntoActiveModel, Order, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;
use wxlogin_domain::model::{UnionConflict, UserId, UserStatus, UserType};
use wxlogin_domain::ports::{LoginOutcome, LoginRecord, OnUnknown, StoreError};

use crate::convert;
use crate::entity::{identity, identity_conflict, session, union_id, user};
use crate::error::store_error;

/// Writes the login. The transaction must be dropped on an error and may be on an outcome that
/// writes nothing.
pub(crate) async fn record(
    transaction: &DatabaseTransaction,
    login: &LoginRecord,
) -> Result<LoginOutcome, StoreError> {
    let step = Step { transaction, login };
    step.record().await
}

struct Step<'a> {
    transaction: &'a DatabaseTransaction,
    login: &'a LoginRecord,
}

impl Step<'_> {
    async fn record(&self) -> Result<LoginOutcome, StoreError> {
        let identity = self.identity().await.map_err(|error| store_error(&error))?;
        let owner = self.union_owner().await.map_err(|error| store_error(&error))?;
        let known = identity.as_ref().map(|identity| identity.user_id).or(owner);
        let user_id = match (known, self.login.on_unknown) {
            (Some(user_id), _) => user_id,
            (None, OnUnknown::Refuse) => return Ok(LoginOutcome::SignUpClosed),
            (None, OnUnknown::Create) => self.login.new_user_id.as_uuid(),
        };
        if let Some(user_id) = known {
            let status = self.status(user_id).await?;
            if status == UserStatus::Disabled {
                return Ok(LoginOutcome::Disabled);
            }
        }
        if let Some(replayed) = self.replayed().await? {
            return Ok(replayed);
        }
        let union_conflict = match self.union_conflict(identity.as_ref(), user_id, owner) {
            Some(conflict) => Some(self.report(conflict).await?),
            None => None,
        };
        let written = async {
            self.write_identity(identity, user_id, union_conflict.is_none()).await?;
            let user = self.write_user(user_id, known.is_some()).await?;
            let session = self.open_session(user_id).await?;
            Ok::<_, DbErr>((user, session))
        };
        let (user, session) = written.await.map_err(|error| store_error(&error))?;
        Ok(LoginOutcome::SignedIn {
            user: convert::user(user)?,
            is_new: user_id == self.login.new_user_id.as_uuid(),
            session: convert::session(session)?,
            union_conflict,
        })
    }

    async fn identity(&self) -> Result<Option<identity::Model>, DbErr> {
        let key = &self.login.identity;
        let key = (key.app_id.as_str().to_owned(), key.open_id.as_str().to_owned());
        identity::Entity::find_by_id(key).one(self.transaction).await
    }

    async fn union_owner(&self) -> Result<Option<Uuid>, DbErr> {
        let Some(named) = &self.login.union_id else {
            return Ok(None);
        };
        let row = union_id::Entity::find_by_id(named.as_str()).one(self.transaction).await?;
        Ok(row.map(|row| row.user_id))
    }

    async fn status(&self, user_id: Uuid) -> Result<UserStatus, StoreError> {
        let row = user::Entity::find_by_id(user_id).one(self.transaction).await;
        let row = row.map_err(|error| store_error(&error))?;
        let row =
            row.ok_or_else(|| StoreError::Unexpected("an identity's user has gone".into()))?;
        Ok(convert::user(row)?.status)
    }

    /// The living session that an earlier try of this login has opened. The same record given
    /// again is not an earlier try: it goes through and changes nothing.
    async fn replayed(&self) -> Result<Option<LoginOutcome>, StoreError> {
        let Some(replay) = self.login.replay else {
            return Ok(None);
        };
        let earlier = session::Entity::find()
            .filter(session::Column::ReplayTag.eq(replay.0.0.to_vec()))
            .filter(session::Column::Id.ne(self.login.session.id.as_uuid()))
            .filter(session::Column::ExpiresAt.gt(self.login.now.as_millis()))
            .one(self.transaction)
            .await
            .map_err(|error| store_error(&error))?;
        let Some(earlier) = earlier else {
            return Ok(None);
        };
        let user = user::Entity::find_by_id(earlier.user_id).one(self.transaction).await;
        let user = user.map_err(|error| store_error(&error))?;
        let user =
            user.ok_or_else(|| StoreError::Unexpected("a session's user has gone".into()))?;
        Ok(Some(LoginOutcome::Replayed {
            user: convert::user(user)?,
            session: convert::session(earlier)?,
        }))
    }

    fn union_conflict(
        &self,
        identity: Option<&identity::Model>,
        user_id: Uuid,
        owner: Option<Uuid>,
    ) -> Option<UnionConflict> {
        let named = self.login.union_id.as_ref()?;
        let stored = identity.and_then(|identity| identity.union_id.as_deref());
        let changed = stored.is_some_and(|stored| stored != named.as_str());
        let other_owner = owner.filter(|owner| *owner != user_id);
        (changed || other_owner.is_some()).then(|| UnionConflict {
            identity: self.login.identity.clone(),
            union_id: named.clone(),
            user_id: UserId::from_uuid(user_id),
            owner: other_owner.map(UserId::from_uuid),
            first_seen_at: self.login.now,
        })
    }

    /// Records the conflict, unless it is known; the recorded one.
    async fn report(&self, conflict: UnionConflict) -> Result<UnionConflict, StoreError> {
        let key = (
            conflict.identity.app_id.as_str().to_owned(),
            conflict.identity.open_id.as_str().to_owned(),
            conflict.union_id.as_str().to_owned(),
        );
        let known = identity_conflict::Entity::find_by_id(key.clone()).one(self.transaction).await;
        if let Some(known) = known.map_err(|error| store_error(&error))? {
            return convert::conflict(&known);
        }
        let row = identity_conflict::ActiveModel {
            app_id: Set(key.0),
            open_id: Set(key.1),
            union_id: Set(key.2),
            user_id: Set(conflict.user_id.as_uuid()),
            owner_id: Set(conflict.owner.map(UserId::as_uuid)),
            first_seen_at: Set(conflict.first_seen_at.as_millis()),
        };
        identity_conflict::Entity::insert(row)
            .exec_without_returning(self.transaction)
            .await
            .map_err(|error| store_error(&error))?;
        Ok(conflict)
    }

    async fn write_identity(
        &self,
        identity: Option<identity::Model>,
        user_id: Uuid,
        take_union: bool,
    ) -> Result<(), DbErr> {
        let login = self.login;
        let union = login.union_id.as_ref().filter(|_| take_union);
        if let Some(union) = union {
            let owned = union_id::ActiveModel {
                union_id: Set(union.as_str().to_owned()),
                user_id: Set(user_id),
            };
            union_id::Entity::insert(owned)
                .on_conflict(OnConflict::column(union_id::Column::UnionId).do_nothing().to_owned())
                .exec_without_returning(self.transaction)
                .await?;
        }
        let is_latest =
            identity.as_ref().is_none_or(|row| row.session_key_at <= login.now.as_millis());
        let is_known = identity.is_some();
        let mut row = identity.map_or_else(
            || identity::ActiveModel {
                app_id: Set(login.identity.app_id.as_str().to_owned()),
                open_id: Set(login.identity.open_id.as_str().to_owned()),
                user_id: Set(user_id),
                union_id: Set(None),
                ..Default::default()
            },
            IntoActiveModel::into_active_model,
        );
        if let Some(union) = union {
            row.union_id = Set(Some(union.as_str().to_owned()));
        }
        if is_latest {
            row.session_key = Set(login.session_key.sealed.0.clone());
            row.session_key_tag = Set(login.session_key.tag.0.to_vec());
            row.session_key_at = Set(login.now.as_millis());
        }
        if is_known {
            row.update(self.transaction).await?;
        } else {
            identity::Entity::insert(row).exec_without_returning(self.transaction).await?;
        }
        Ok(())
    }

    async fn write_user(&self, user_id: Uuid, is_known: bool) -> Result<user::Model, DbErr> {
        let now = self.login.now.as_millis();
        let profile = &self.login.profile;
        let nickname = profile.nickname.as_ref().map(|nickname| nickname.as_str().to_owned());
        let avatar_url = profile.avatar_url.as_ref().map(|url| url.as_str().to_owned());
        if !is_known {
            let row = user::Model {
                id: user_id,
                user_type: UserType::default().0,
                status: UserStatus::Active.code(),
                nickname,
                avatar_url,
                created_at: now,
                updated_at: now,
                last_login_at: now,
            };
            let insert = user::Entity::insert(row.clone().into_active_model());
            insert.exec_without_returning(self.transaction).await?;
            return Ok(row);
        }
        let before = user::Entity::find_by_id(user_id)
            .one(self.transaction)
            .await?
            .ok_or_else(|| DbErr::RecordNotFound(String::new()))?;
        let mut row = before.clone();
        row.nickname = nickname.or(row.nickname);
        row.avatar_url = avatar_url.or(row.avatar_url);
        if (&row.nickname, &row.avatar_url) != (&before.nickname, &before.avatar_url) {
            row.updated_at = Ord::max(row.updated_at, now);
        }
        row.last_login_at = Ord::max(row.last_login_at, now);
        let changed = row.clone().into_active_model().reset_all();
        changed.update(self.transaction).await?;
        Ok(row)
    }

    /// Opens the session and makes room for it.
    async fn open_session(&self, user_id: Uuid) -> Result<session::Model, DbErr> {
        let login = self.login;
        let id = login.session.id.as_uuid();
        if let Some(opened) = session::Entity::find_by_id(id).one(self.transaction).await? {
            return Ok(opened);
        }
        let replay_tag = login.replay.map(|replay| replay.0.0.to_vec());
        if let Some(tag) = &replay_tag {
            // Its session is over, or this login would have been a replay.
            session::Entity::update_many()
                .col_expr(session::Column::ReplayTag, Expr::value(None::<Vec<u8>>))
                .filter(session::Column::ReplayTag.eq(tag.clone()))
                .exec(self.transaction)
                .await?;
        }
        let opened = session::Model {
            id,
            user_id,
            app_id: login.identity.app_id.as_str().to_owned(),
            device: login.session.device.as_ref().map(|device| device.as_str().to_owned()),
            replay_tag,
            created_at: login.now.as_millis(),
            expires_at: login.session.expires_at.as_millis(),
        };
        session::Entity::insert(opened.clone().into_active_model())
            .exec_without_returning(self.transaction)
            .await?;
        self.end_surplus(user_id).await?;
        Ok(opened)
    }

    async fn end_surplus(&self, user_id: Uuid) -> Result<(), DbErr> {
        let login = self.login;
        let keep = u64::from(login.max_sessions.saturating_sub(1));
        let is_over = session::Column::ExpiresAt.lte(login.now.as_millis());
        let surplus: Vec<Uuid> = session::Entity::find()
            .select_only()
            .column(session::Column::Id)
            .filter(session::Column::UserId.eq(user_id))
            .filter(session::Column::Id.ne(login.session.id.as_uuid()))
            .order_by(is_over, Order::Asc)
            .order_by_desc(session::Column::CreatedAt)
            .order_by_desc(session::Column::Id)
            // SQLite knows no offset without a limit.
            .limit(10_000)
            .offset(keep)
            .into_tuple()
            .all(self.transaction)
            .await?;
        if !surplus.is_empty() {
            session::Entity::delete_many()
                .filter(session::Column::Id.is_in(surplus))
                .exec(self.transaction)
                .await?;
        }
        Ok(())
    }
}
