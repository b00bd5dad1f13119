use sea_orm::entity::prelude::*;

/// A session of a user on a device.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub app_id: String,
    pub open_id: String,
    pub device: Option<String>,
    pub generation: i64,
    pub salt: Vec<u8>,
    pub replay_tag: Option<Vec<u8>>,
    pub replay_fingerprint: Option<Vec<u8>>,
    pub created_at: i64,
    pub last_used_at: i64,
    pub expires_at: i64,
    pub ends_at: i64,
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
