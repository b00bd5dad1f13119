use async_trait::async_trait;
use mongodb::bson::doc;
use wxlogin_domain::model::Timestamp;
use wxlogin_domain::ports::{KeyStore, StoreError, StoredSigningKey};

use crate::commands::{all, insert_new};
use crate::convert;
use crate::database::{Connections, retry_on_conflict};
use crate::error::Failure;

#[async_trait]
impl KeyStore for Connections {
    async fn signing_keys(&self) -> Result<Vec<StoredSigningKey>, StoreError> {
        self.call(|db| async move {
            let listed = all(db.signing_keys.find(doc! {}).sort(doc! { "_id": -1 }).await?).await?;
            listed.into_iter().map(convert::signing_key).collect()
        })
        .await
    }

    async fn insert_if_absent(&self, key: StoredSigningKey) -> Result<bool, StoreError> {
        let document = convert::stored_signing_key(key);
        self.call(|db| async move {
            if insert_new(&db.signing_keys, &document).await? {
                return Ok(true);
            }
            // The caller will read the key that was first.
            retry_on_conflict(|| async {
                let first = db.signing_keys.find_one(doc! { "_id": document.generation }).await?;
                first.map(drop).ok_or(Failure::Conflict)
            })
            .await?;
            Ok(false)
        })
        .await
    }

    async fn revoke_key(&self, kid: &str, at: Timestamp) -> Result<bool, StoreError> {
        let one = doc! { "kid": kid };
        self.call(|db| async move {
            let mut valid = one.clone();
            valid.insert("revoked_at", doc! { "$exists": false });
            let void = doc! { "$set": { "revoked_at": at.as_millis() } };
            let revoked = db.signing_keys.update_one(valid, void).await?.matched_count > 0;
            Ok(revoked || db.signing_keys.find_one(one).await?.is_some())
        })
        .await
    }

    async fn remove_key(&self, kid: &str) -> Result<bool, StoreError> {
        let one = doc! { "kid": kid };
        self.call(|db| async move { Ok(db.signing_keys.delete_one(one).await?.deleted_count > 0) })
            .await
    }
}
