use sea_orm::entity::prelude::*;

/// A unionid that WeChat named for an identity and that its user could not get.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "identity_conflicts")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub app_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub open_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub union_id: String,
    pub id: Uuid,
    pub user_id: Uuid,
    pub owner_id: Option<Uuid>,
    pub first_seen_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {
    #[sea_orm(
        belongs_to = "super::union_id::Entity",
        from = "Column::UnionId",
        to = "super::union_id::Column::UnionId"
    )]
    Owner,
}

impl ActiveModelBehavior for ActiveModel {}
