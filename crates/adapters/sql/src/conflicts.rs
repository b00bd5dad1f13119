use async_trait::async_trait;
use sea_orm::sea_query::{Condition, ExprTrait};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, RelationTrait, Select,
    SelectTwo,
};
use uuid::Uuid;
use wxlogin_domain::account::{AcceptanceOutcome, UnionIdAcceptance};
use wxlogin_domain::model::{UnionConflict, UserId, VisibleApps};
use wxlogin_domain::ports::{ConflictStore, StoreError};

use crate::accounts::Accounts;
use crate::by_app::{by_app, in_apps};
use crate::convert;
use crate::entity::{identity_conflict, union_id};

type Conflicts = SelectTwo<identity_conflict::Entity, union_id::Entity>;

/// Conflicts with the owner of the unionid, without those that are settled, in the order of their ids.
fn open_conflicts(conflicts: Select<identity_conflict::Entity>) -> Conflicts {
    let owner = union_id::Column::UserId.into_expr();
    let is_another = ExprTrait::ne(owner, identity_conflict::Column::UserId.into_expr());
    conflicts
        .join(sea_orm::JoinType::LeftJoin, identity_conflict::Relation::Owner.def())
        .select_also(union_id::Entity)
        .filter(Condition::any().add(union_id::Column::UserId.is_null()).add(is_another))
        .order_by_asc(identity_conflict::Column::Id)
}

impl Accounts {
    async fn find_conflicts(&self, conflicts: Conflicts) -> Result<Vec<UnionConflict>, StoreError> {
        let rows = conflicts.all(self.connections.reader());
        let rows = self.connections.read(rows).await?.into_iter();
        rows.map(|(conflict, owner)| {
            let owner_id = owner.map(|owner| owner.user_id);
            convert::conflict(&identity_conflict::Model { owner_id, ..conflict })
        })
        .collect()
    }
}

#[async_trait]
impl ConflictStore for Accounts {
    async fn page_conflicts(
        &self,
        apps: &VisibleApps,
        of: Option<UserId>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<UnionConflict>, StoreError> {
        let mut conflicts = identity_conflict::Entity::find().limit(u64::from(limit));
        if let Some(after) = after {
            conflicts = conflicts.filter(identity_conflict::Column::Id.gt(after));
        }
        if let Some(of) = of {
            let owned = union_id::Entity::find()
                .select_only()
                .column(union_id::Column::UnionId)
                .filter(union_id::Column::UserId.eq(of.as_uuid()))
                .into_tuple::<String>()
                .all(self.connections.reader());
            let owned = self.connections.read(owned).await?;
            let names = Condition::any()
                .add(identity_conflict::Column::UserId.eq(of.as_uuid()))
                .add_option(
                    (!owned.is_empty()).then(|| identity_conflict::Column::UnionId.is_in(owned)),
                );
            conflicts = conflicts.filter(names);
        }
        let of_apps = match of {
            Some(_) => vec![in_apps(apps, identity_conflict::Column::AppId)],
            None => by_app(apps, identity_conflict::Column::AppId),
        };
        let mut page = Vec::new();
        for of_app in of_apps {
            let of_app = open_conflicts(conflicts.clone().filter(of_app));
            page.extend(self.find_conflicts(of_app).await?);
        }
        page.sort_by_key(|conflict| conflict.id);
        page.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(page)
    }

    async fn conflicts_between(
        &self,
        apps: &VisibleApps,
        users: [UserId; 2],
    ) -> Result<Vec<UnionConflict>, StoreError> {
        let users = users.map(UserId::as_uuid);
        let named = identity_conflict::Entity::find()
            .filter(identity_conflict::Column::UserId.is_in(users))
            .filter(in_apps(apps, identity_conflict::Column::AppId));
        let owned = union_id::Column::UserId.is_in(users);
        self.find_conflicts(open_conflicts(named).filter(owned)).await
    }

    async fn find_conflict(&self, id: Uuid) -> Result<Option<UnionConflict>, StoreError> {
        let with_id =
            identity_conflict::Entity::find().filter(identity_conflict::Column::Id.eq(id));
        Ok(self.find_conflicts(open_conflicts(with_id)).await?.pop())
    }

    async fn accept_union_id(
        &self,
        acceptance: UnionIdAcceptance,
    ) -> Result<AcceptanceOutcome, StoreError> {
        self.run(acceptance).await
    }
}
