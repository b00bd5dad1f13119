use std::ops::Bound;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use uuid::Uuid;

use super::MemoryStore;
use crate::model::{ApiClient, AuditEvent, ClientId, Timestamp, UserId, VisibleApps};
use crate::ports::{
    AuditLog, ClientStore, Deployment, DeploymentStore, KeyStore, KeyedTag, PushStore, StoreError,
    StoredSigningKey,
};

#[async_trait]
impl KeyStore for MemoryStore {
    async fn signing_keys(&self) -> Result<Vec<StoredSigningKey>, StoreError> {
        Ok(self.tables().keys.values().rev().cloned().collect())
    }

    async fn insert_if_absent(&self, key: StoredSigningKey) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let absent = !tables.keys.contains_key(&key.generation);
        tables.keys.entry(key.generation).or_insert(key);
        Ok(absent)
    }

    async fn revoke_key(&self, kid: &str, at: Timestamp) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let Some(key) = tables.keys.values_mut().find(|key| key.kid == kid) else {
            return Ok(false);
        };
        key.revoked_at.get_or_insert(at);
        Ok(true)
    }

    async fn remove_key(&self, kid: &str) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let before = tables.keys.len();
        tables.keys.retain(|_, key| key.kid != kid);
        Ok(tables.keys.len() < before)
    }
}

#[async_trait]
impl ClientStore for MemoryStore {
    async fn insert_client(
        &self,
        client: ApiClient,
        event: AuditEvent,
    ) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let absent = !tables.clients.contains_key(&client.id);
        if absent {
            tables.clients.insert(client.id.clone(), client);
            tables.record(event);
        }
        Ok(absent)
    }

    async fn replace_client(
        &self,
        revision: Uuid,
        client: ApiClient,
        event: AuditEvent,
    ) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let stored = tables.clients.get_mut(&client.id);
        let Some(stored) = stored.filter(|stored| stored.revision == revision) else {
            return Ok(false);
        };
        *stored = client;
        tables.record(event);
        Ok(true)
    }

    async fn find_client(&self, id: &ClientId) -> Result<Option<ApiClient>, StoreError> {
        Ok(self.tables().clients.get(id).cloned())
    }

    async fn list_clients(&self) -> Result<Vec<ApiClient>, StoreError> {
        Ok(self.tables().clients.values().cloned().collect())
    }

    async fn remove_client(&self, id: &ClientId, event: AuditEvent) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let removed = tables.clients.remove(id).is_some();
        if removed {
            tables.record(event);
        }
        Ok(removed)
    }
}

#[async_trait]
impl PushStore for MemoryStore {
    async fn is_remembered(&self, message: KeyedTag) -> Result<bool, StoreError> {
        Ok(self.tables().pushes.contains_key(&message))
    }

    async fn remember(&self, message: KeyedTag, now: Timestamp) -> Result<(), StoreError> {
        self.tables().pushes.entry(message).or_insert(now);
        Ok(())
    }

    async fn purge_pushes(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let mut tables = self.tables();
        let old = tables.pushes.iter().filter(|(_, seen)| **seen < before).map(|(tag, _)| *tag);
        let old = old.take(usize::try_from(limit).unwrap_or(usize::MAX)).collect::<Vec<_>>();
        for tag in &old {
            tables.pushes.remove(tag);
        }
        Ok(old.len() as u64)
    }
}

#[async_trait]
impl AuditLog for MemoryStore {
    async fn page_audit(
        &self,
        apps: &VisibleApps,
        user_id: Option<UserId>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<AuditEvent>, StoreError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let tables = self.tables();
        let order = &tables.audit_order;
        let after = order.iter().find(|(_, id)| Some(**id) == after);
        let from = after.map_or(Bound::Unbounded, |(number, _)| Bound::Excluded(*number));
        let events = order.range((from, Bound::Unbounded)).map(|(_, id)| &tables.audit[id]);
        let events = events.filter(|event| user_id.is_none_or(|id| event.user_id == Some(id)));
        let events = events.filter(|event| match &event.app_id {
            Some(app_id) => apps.include(app_id),
            None => *apps == VisibleApps::All,
        });
        Ok(events.take(limit).cloned().collect())
    }
}

#[async_trait]
impl DeploymentStore for MemoryStore {
    async fn claim(&self, deployment: Deployment) -> Result<Deployment, StoreError> {
        Ok(self.tables().deployment.get_or_insert(deployment).clone())
    }

    async fn deployment(&self) -> Result<Option<Deployment>, StoreError> {
        Ok(self.tables().deployment.clone())
    }

    async fn set_deployment(&self, deployment: Deployment) -> Result<(), StoreError> {
        self.tables().deployment = Some(deployment);
        Ok(())
    }

    async fn lease(
        &self,
        task: &'static str,
        holder: Uuid,
        lasts: Duration,
    ) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let now = tables.now();
        let held = tables.leases.get(task);
        let free = held.is_none_or(|(by, until)| *by == holder || *until <= now);
        if free {
            tables.leases.insert(task, (holder, now.plus(lasts)));
        }
        Ok(free)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        if self.hangs.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        Self::unless(&self.is_away)
    }
}
