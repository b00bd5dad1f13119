use sea_orm::entity::prelude::*;

/// Whom WeChat means by an openid of an app.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "identities")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub app_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub open_id: String,
    pub user_id: Uuid,
    pub tombstone: Vec<u8>,
    pub union_id: Option<String>,
    pub session_key: Option<Vec<u8>>,
    pub session_key_tag: Option<Vec<u8>>,
    pub session_key_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
