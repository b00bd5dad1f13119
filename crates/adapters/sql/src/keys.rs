use async_trait::async_trait;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, EntityTrait, QueryOrder};
use wxlogin_domain::ports::{KeyStore, StoreError, StoredSigningKey};

use crate::convert;
use crate::database::Connections;
use crate::entity::signing_key;
use crate::error::store_error;

#[async_trait]
impl KeyStore for Connections {
    async fn signing_keys(&self) -> Result<Vec<StoredSigningKey>, StoreError> {
        let rows = signing_key::Entity::find()
            .order_by_desc(signing_key::Column::Generation)
            .all(self.reader())
            .await;
        let rows = rows.map_err(|error| store_error(&error))?;
        rows.into_iter().map(convert::signing_key).collect()
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
        let inserted = async {
            let transaction = self.begin().await?;
            let inserted = signing_key::Entity::insert(row)
                .on_conflict(
                    OnConflict::column(signing_key::Column::Generation).do_nothing().to_owned(),
                )
                .exec_without_returning(&transaction)
                .await?;
            transaction.commit().await?;
            Ok(inserted > 0)
        };
        inserted.await.map_err(|error| store_error(&error))
    }
}
