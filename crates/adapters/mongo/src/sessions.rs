use async_trait::async_trait;
use mongodb::bson::doc;
use wxlogin_domain::model::{Session, SessionId};
use wxlogin_domain::ports::{SessionStore, StoreError};

use crate::convert;
use crate::database::Connections;
use crate::document::SESSION_ID;

#[async_trait]
impl SessionStore for Connections {
    async fn find_session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        let users = self.users.clone();
        let id = convert::to_bson(id.as_uuid());
        self.call(async move {
            let Some(user) = users.find_one(doc! { SESSION_ID: id }).await? else {
                return Ok(None);
            };
            for stored in &user.sessions {
                let stored = convert::stored_session(stored)?;
                if stored.id == id {
                    return convert::session(user.id, &stored).map(Some);
                }
            }
            Ok(None)
        })
        .await
    }
}
