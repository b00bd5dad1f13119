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
    pub user_id: Uuid,
    pub owner_id: Option<Uuid>,
    pub first_seen_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
