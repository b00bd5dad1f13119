use async_trait::async_trait;
use sea_orm::EntityTrait;
use wxlogin_domain::model::{Session, SessionId};
use wxlogin_domain::ports::{SessionStore, StoreError};

use crate::convert;
use crate::database::Connections;
use crate::entity::session;

#[async_trait]
impl SessionStore for Connections {
    async fn find_session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        let row = session::Entity::find_by_id(id.as_uuid()).one(self.reader());
        self.read(row).await?.map(convert::session).transpose()
    }
}
