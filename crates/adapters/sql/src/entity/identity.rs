use sea_orm::entity::prelude::*;

/// The user that an openid of an app belongs to.
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
    pub previous_session_key: Option<Vec<u8>>,
    pub previous_session_key_until: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {
    #[sea_orm(
        belongs_to = "super::user::Entity",
        from = "Column::UserId",
        to = "super::user::Column::Id"
    )]
    User,
}

impl Related<super::user::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::User.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
