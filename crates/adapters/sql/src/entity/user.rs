use sea_orm::entity::prelude::*;

/// An account, or what is left of one that was merged into another.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_type: i32,
    pub status: i16,
    pub nickname: Option<String>,
    pub avatar_url: Option<String>,
    pub legacy_id: Option<String>,
    pub phone: Option<Vec<u8>>,
    pub phone_tag: Option<Vec<u8>>,
    pub merged_into: Option<Uuid>,
    pub erase_at: Option<i64>,
    pub created_at: i64,
    pub updated_at: i64,
    pub last_login_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
