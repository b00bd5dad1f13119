use async_trait::async_trait;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use wxlogin_domain::model::Timestamp;
use wxlogin_domain::ports::{KeyStore, StoreError, StoredSigningKey};

use crate::connections::Connections;
use crate::convert;
use crate::entity::signing_key;
use crate::error::Failure;
use crate::transaction::Transaction;

#[async_trait]
impl KeyStore for Connections {
    async fn signing_keys(&self) -> Result<Vec<StoredSigningKey>, StoreError> {
        let rows = signing_key::Entity::find()
            .order_by_desc(signing_key::Column::Generation)
            .all(self.feed());
        self.read(rows).await?.into_iter().map(convert::signing_key).collect()
    }

    async fn insert_if_absent(&self, key: StoredSigningKey) -> Result<bool, StoreError> {
        let generation = i32::try_from(key.generation).map_err(|_| {
            StoreError::Unexpected("the number of signing keys is exhausted".into())
        })?;
        let row = signing_key::Model {
            generation,
            kid: key.kid,
            private_key: key.private_key.0,
            created_at: key.created_at.as_millis(),
            active_from: key.active_from.as_millis(),
            revoked_at: key.revoked_at.map(Timestamp::as_millis),
        };
        self.write(&row, |transaction, row| Box::pin(insert(transaction, row))).await
    }

    async fn revoke_key(&self, kid: &str, at: Timestamp) -> Result<bool, StoreError> {
        let key = (kid.to_owned(), at.as_millis());
        let revoked = self.write(&key, |transaction, (kid, at)| {
            Box::pin(async move { revoke(transaction, kid, *at).await })
        });
        revoked.await
    }

    async fn remove_key(&self, kid: &str) -> Result<bool, StoreError> {
        let kid = kid.to_owned();
        let removed = self.write(&kid, |transaction, kid| {
            Box::pin(async move {
                let named = signing_key::Column::Kid.eq(kid);
                let keys = signing_key::Entity::delete_many().filter(named);
                Ok(keys.exec(transaction).await?.rows_affected > 0)
            })
        });
        removed.await
    }
}

/// Of two instances that both find nothing, the later insert fails, starts over and finds the key.
async fn insert(transaction: &Transaction, row: &signing_key::Model) -> Result<bool, Failure> {
    if signing_key::Entity::find_by_id(row.generation).one(transaction).await?.is_some() {
        return Ok(false);
    }
    let row = row.clone().into_active_model();
    signing_key::Entity::insert(row).exec_without_returning(transaction).await?;
    Ok(true)
}

async fn revoke(transaction: &Transaction, kid: &str, at: i64) -> Result<bool, Failure> {
    let named = signing_key::Entity::find().filter(signing_key::Column::Kid.eq(kid));
    let Some(mut row) = named.lock_exclusive().one(transaction).await? else { return Ok(false) };
    if row.revoked_at.is_none() {
        row.revoked_at = Some(at);
        row.into_active_model().reset_all().update(transaction).await?;
    }
    Ok(true)
}
