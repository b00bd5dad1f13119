use async_trait::async_trait;
use mongodb::bson::doc;
use wxlogin_domain::ports::{KeyStore, StoreError, StoredSigningKey};

use crate::convert;
use crate::database::{Connections, persist};
use crate::document::SigningKey;
use crate::error::Failure;

#[async_trait]
impl KeyStore for Connections {
    async fn signing_keys(&self) -> Result<Vec<StoredSigningKey>, StoreError> {
        let keys = self.signing_keys.clone();
        self.call(async move {
            let mut found = keys.find(doc! {}).sort(doc! { "_id": -1 }).await?;
            let mut listed = Vec::new();
            while found.advance().await? {
                listed.push(convert::signing_key(found.deserialize_current()?)?);
            }
            Ok(listed)
        })
        .await
    }

    async fn insert_if_absent(&self, key: StoredSigningKey) -> Result<bool, StoreError> {
        let keys = self.signing_keys.clone();
        let document = SigningKey {
            generation: i64::from(key.generation),
            kid: key.kid,
            private_key: convert::binary(&key.private_key.0),
            created_at: key.created_at.as_millis(),
        };
        self.call(async move {
            match keys.insert_one(&document).await.map_err(Failure::from) {
                Ok(_) => return Ok(true),
                Err(Failure::Conflict) => {}
                Err(failure) => return Err(failure),
            }
            // Whoever is told that another key was first will look for it.
            persist(|| async {
                let first = keys.find_one(doc! { "_id": document.generation }).await?;
                first.map(drop).ok_or(Failure::Conflict)
            })
            .await?;
            Ok(false)
        })
        .await
    }
}
