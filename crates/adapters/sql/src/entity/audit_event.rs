use sea_orm::entity::prelude::*;

/// A line of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_events")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub at: i64,
    pub action: String,
    pub user_id: Option<Uuid>,
    pub client_id: Option<String>,
    pub app_id: Option<String>,
    pub session_id: Option<Uuid>,
    pub actor: Option<String>,
    pub reason: Option<String>,
    /// Its place in the log, once it has one.
    pub number: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
