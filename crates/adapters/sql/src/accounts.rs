use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;
use wxlogin_domain::account::{
    Clearing, Command, Erasure, IdentityErasure, ImportOutcome, ImportedUser, LoginOutcome,
    LoginRecord, Merge, MergeOutcome, NewPhone, PhoneOutcome, ProfileChange, SessionKeyReplacement,
    SessionKeys, StoredIdentity, UserChange, UserChangeOutcome,
};
use wxlogin_domain::model::{
    AvatarName, Identity, IdentityKey, Timestamp, User, UserId, VisibleApps,
};
use wxlogin_domain::ports::{AccountStore, ImportStore, SessionKeyStore, StoreError};

use crate::account;
use crate::by_app::by_app;
use crate::connections::Connections;
use crate::convert;
use crate::entity::{identity, user};
use crate::lane::Lane;
use crate::logins::Logins;

/// Users and identities.
pub(crate) struct Accounts {
    pub(crate) connections: Arc<Connections>,
    logins: Lane<Logins>,
}

impl Accounts {
    pub(crate) fn new(connections: Arc<Connections>) -> Self {
        let logins = Lane::start(&connections, connections.logins());
        Self { connections, logins }
    }

    /// Users with an identity in one of the apps. Users that a merge removes between both queries do not
    /// shorten the page.
    async fn page_users_of(
        &self,
        apps: &VisibleApps,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<user::Model>, StoreError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut after = after.map(UserId::as_uuid);
        let mut page = Vec::new();
        while page.len() < limit {
            let ids = self.ids_of(apps, after, limit - page.len()).await?;
            let Some(last) = ids.last() else { break };
            after = Some(*last);
            let users = user::Entity::find()
                .filter(user::Column::Id.is_in(ids))
                .filter(user::Column::MergedInto.is_null())
                .order_by_asc(user::Column::Id)
                .all(self.connections.reader());
            page.extend(self.connections.read(users).await?);
        }
        Ok(page)
    }

    /// The first ids after `after` of users with an identity in one of the apps, in order.
    async fn ids_of(
        &self,
        apps: &VisibleApps,
        after: Option<Uuid>,
        limit: usize,
    ) -> Result<Vec<Uuid>, StoreError> {
        let mut ids = BTreeSet::new();
        for of_app in by_app(apps, identity::Column::AppId) {
            let mut of_app = identity::Entity::find()
                .select_only()
                .column(identity::Column::UserId)
                .distinct()
                .filter(of_app)
                .order_by_asc(identity::Column::UserId)
                .limit(u64::try_from(limit).unwrap_or(u64::MAX));
            if let Some(after) = after {
                of_app = of_app.filter(identity::Column::UserId.gt(after));
            }
            let of_app = of_app.into_tuple::<Uuid>().all(self.connections.reader());
            ids.extend(self.connections.read(of_app).await?);
        }
        Ok(ids.into_iter().take(limit).collect())
    }

    /// Runs a command in a transaction of its own.
    pub(crate) async fn run<C>(&self, command: C) -> Result<C::Outcome, StoreError>
    where
        C: Command + Send + Sync,
        C::Outcome: Send,
    {
        account::run_alone(&self.connections, &command).await
    }
}

/// The user with this id or, for one who was merged, the user they are now.
async fn find_current(
    db: &impl ConnectionTrait,
    mut id: Uuid,
) -> Result<Option<user::Model>, DbErr> {
    while let Some(row) = user::Entity::find_by_id(id).one(db).await? {
        match row.merged_into {
            Some(winner) => id = winner,
            None => return Ok(Some(row)),
        }
    }
    Ok(None)
}

fn find_identity(identity: &IdentityKey) -> sea_orm::Select<identity::Entity> {
    let key = (identity.app_id.as_str().to_owned(), identity.open_id.as_str().to_owned());
    identity::Entity::find_by_id(key)
}

#[async_trait]
impl AccountStore for Accounts {
    fn admits_login(&self) -> Result<(), StoreError> {
        self.logins.admits()
    }

    async fn record_login(&self, login: LoginRecord) -> Result<LoginOutcome, StoreError> {
        self.logins.run(login).await
    }

    async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let row = find_current(self.connections.reader(), id.as_uuid());
        self.connections.read(row).await?.map(convert::user).transpose()
    }

    async fn identities(&self, id: UserId) -> Result<Vec<Identity>, StoreError> {
        let rows = identity::Entity::find()
            .filter(identity::Column::UserId.eq(id.as_uuid()))
            .order_by_asc(identity::Column::AppId)
            .order_by_asc(identity::Column::OpenId)
            .all(self.connections.reader());
        self.connections.read(rows).await?.into_iter().map(convert::identity).collect()
    }

    async fn page_users(
        &self,
        apps: &VisibleApps,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<User>, StoreError> {
        let rows = match apps {
            VisibleApps::All => {
                let mut users = user::Entity::find()
                    .filter(user::Column::MergedInto.is_null())
                    .order_by_asc(user::Column::Id)
                    .limit(u64::from(limit));
                if let Some(after) = after {
                    users = users.filter(user::Column::Id.gt(after.as_uuid()));
                }
                self.connections.read(users.all(self.connections.reader())).await?
            }
            VisibleApps::Only(_) => self.page_users_of(apps, after, limit).await?,
        };
        rows.into_iter().map(convert::user).collect()
    }

    async fn find_by_identity(&self, identity: &IdentityKey) -> Result<Option<User>, StoreError> {
        let found =
            find_identity(identity).find_also_related(user::Entity).one(self.connections.reader());
        let user = self.connections.read(found).await?.and_then(|(_, user)| user);
        user.map(convert::user).transpose()
    }

    async fn set_phone(&self, phone: NewPhone) -> Result<PhoneOutcome, StoreError> {
        self.run(phone).await
    }

    async fn clear(&self, clearing: Clearing) -> Result<Option<User>, StoreError> {
        self.run(clearing).await
    }

    async fn merge(&self, merge: Merge) -> Result<MergeOutcome, StoreError> {
        self.run(merge).await
    }

    async fn erase_identity(&self, erasure: IdentityErasure) -> Result<Option<UserId>, StoreError> {
        self.run(erasure).await
    }

    async fn change_profile(&self, change: ProfileChange) -> Result<Option<User>, StoreError> {
        self.run(change).await
    }

    async fn avatars_in_use(
        &self,
        names: BTreeSet<AvatarName>,
    ) -> Result<BTreeSet<AvatarName>, StoreError> {
        let shown = user::Entity::find()
            .select_only()
            .column(user::Column::AvatarUrl)
            .filter(user::Column::AvatarUrl.is_in(names.iter().map(AvatarName::as_str)))
            .into_tuple::<String>()
            .all(self.connections.reader());
        let shown = self.connections.read(shown).await?;
        Ok(shown.iter().filter_map(|text| AvatarName::parse(text).ok()).collect())
    }

    async fn change_user(&self, change: UserChange) -> Result<UserChangeOutcome, StoreError> {
        self.run(change).await
    }

    async fn erase(&self, erasure: Erasure) -> Result<bool, StoreError> {
        self.run(erasure).await
    }

    async fn due_erasures(&self, now: Timestamp, limit: u32) -> Result<Vec<UserId>, StoreError> {
        let due = user::Entity::find()
            .select_only()
            .column(user::Column::Id)
            .filter(user::Column::EraseAt.lte(now.as_millis()))
            .order_by_asc(user::Column::EraseAt)
            .limit(u64::from(limit))
            .into_tuple::<Uuid>()
            .all(self.connections.reader());
        Ok(self.connections.read(due).await?.into_iter().map(UserId::from_uuid).collect())
    }
}

#[async_trait]
impl SessionKeyStore for Accounts {
    async fn find_session_keys(
        &self,
        identity: &IdentityKey,
    ) -> Result<Option<SessionKeys>, StoreError> {
        let row = find_identity(identity).one(self.connections.reader());
        let row = self.connections.read(row).await?;
        let identity = row.map(convert::stored_identity).transpose()?;
        Ok(identity.and_then(StoredIdentity::session_keys))
    }

    async fn replace_session_key(
        &self,
        replacement: SessionKeyReplacement,
    ) -> Result<bool, StoreError> {
        self.run(replacement).await
    }
}

#[async_trait]
impl ImportStore for Accounts {
    async fn import_user(&self, user: ImportedUser) -> Result<ImportOutcome, StoreError> {
        self.run(user).await
    }
}
