use async_trait::async_trait;
use sea_orm::{ActiveValue::Set, DatabaseTransaction, EntityTrait, QueryOrder};
use wxlogin_domain::ports::{KeyStore, StoreError, StoredSigningKey};

use crate::convert;
use crate::database::Connections;
use crate::entity::signing_key;
use crate::error::Failure;

#[async_trait]
impl KeyStore for Connections {
    async fn signing_keys(&self) -> Result<Vec<StoredSigningKey>, StoreError> {
        let rows = signing_key::Entity::find()
            .order_by_desc(signing_key::Column::Generation)
            .all(self.reader());
        self.read(rows).await?.into_iter().map(convert::signing_key).collect()
    }

    async fn insert_if_absent(&self, key: StoredSigningKey) -> Result<bool, StoreError> {
        let generation = i32::try_from(key.generation)
            .map_err(|_| StoreError::Unexpected("signing keys have run out of numbers".into()))?;
        let row = signing_key::ActiveModel {
            generation: Set(generation),
            kid: Set(key.kid),
            private_key: Set(key.private_key.0),
            created_at: Set(key.created_at.as_millis()),
        };
        let inserted = self.write(|transaction| {
            let row = row.clone();
            Box::pin(async move { insert(transaction, generation, row).await })
        });
        inserted.await
    }
}

/// Two instances that both find nothing both insert; the later one starts over and finds the key.
async fn insert(
    transaction: &DatabaseTransaction,
    generation: i32,
    row: signing_key::ActiveModel,
) -> Result<bool, Failure> {
    if signing_key::Entity::find_by_id(generation).one(transaction).await?.is_some() {
        return Ok(false);
    }
    signing_key::Entity::insert(row).exec_without_returning(transaction).await?;
    Ok(true)
}
