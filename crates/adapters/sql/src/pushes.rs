//! WeChat's push messages that have been processed.

use async_trait::async_trait;
use sea_orm::{ColumnTrait, Condition, EntityTrait, IntoActiveModel};
use wxlogin_domain::model::Timestamp;
use wxlogin_domain::ports::{KeyedTag, PushStore, StoreError};

use crate::connections::Connections;
use crate::entity::push;
use crate::error::Failure;
use crate::purge::delete;
use crate::transaction::Transaction;

#[async_trait]
impl PushStore for Connections {
    async fn is_remembered(&self, message: KeyedTag) -> Result<bool, StoreError> {
        let found = push::Entity::find_by_id(message.0.to_vec());
        self.read(async { Ok(found.one(self.reader()).await?.is_some()) }).await
    }

    async fn remember(&self, message: KeyedTag, now: Timestamp) -> Result<(), StoreError> {
        let row = push::Model { tag: message.0.to_vec(), remembered_at: now.as_millis() };
        self.write(&row, |transaction, row| Box::pin(remember(transaction, row))).await
    }

    async fn purge_pushes(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let old = Condition::all().add(push::Column::RememberedAt.lt(before.as_millis()));
        self.remove::<push::Entity, Vec<u8>>(push::Column::Tag, old, limit, |transaction, these| {
            Box::pin(delete::<push::Entity>(transaction, these))
        })
        .await
    }
}

/// Of two instances that both find nothing, the later insert fails, starts over and finds the row.
async fn remember(transaction: &Transaction, row: &push::Model) -> Result<(), Failure> {
    if push::Entity::find_by_id(row.tag.clone()).one(transaction).await?.is_none() {
        let row = row.clone().into_active_model();
        push::Entity::insert(row).exec_without_returning(transaction).await?;
    }
    Ok(())
}
