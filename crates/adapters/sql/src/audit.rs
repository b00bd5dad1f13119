use std::collections::BTreeSet;

use async_trait::async_trait;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;
use wxlogin_domain::model::{AuditEvent, UserId, VisibleApps};
use wxlogin_domain::ports::{AuditLog, StoreError};

use crate::by_app::{by_app, in_apps};
use crate::connections::Connections;
use crate::convert;
use crate::entity::audit_event;
use crate::error::Failure;
use crate::transaction::Transaction;

#[async_trait]
impl AuditLog for Connections {
    async fn page_audit(
        &self,
        apps: &VisibleApps,
        user_id: Option<UserId>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<AuditEvent>, StoreError> {
        let mut events = audit_event::Entity::find()
            .order_by_asc(audit_event::Column::Id)
            .limit(u64::from(limit));
        if let Some(user_id) = user_id {
            events = events.filter(audit_event::Column::UserId.eq(user_id.as_uuid()));
        }
        if let Some(after) = after {
            events = events.filter(audit_event::Column::Id.gt(after));
        }
        let of_apps = match user_id {
            Some(_) => vec![in_apps(apps, audit_event::Column::AppId)],
            None => by_app(apps, audit_event::Column::AppId),
        };
        let mut page = Vec::new();
        for of_app in of_apps {
            let events = events.clone().filter(of_app);
            page.extend(self.read(events.all(self.reader())).await?);
        }
        page.sort_by_key(|event| event.id);
        page.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        page.into_iter().map(convert::audit_event).collect()
    }
}

/// Writes the events that have not been written yet: a command that is repeated after a lost answer
/// finds its own.
pub(crate) async fn write_events(
    transaction: &Transaction,
    events: &[AuditEvent],
) -> Result<(), Failure> {
    if events.is_empty() {
        return Ok(());
    }
    let there: Vec<Uuid> = audit_event::Entity::find()
        .select_only()
        .column(audit_event::Column::Id)
        .filter(audit_event::Column::Id.is_in(events.iter().map(|event| event.id)))
        .into_tuple()
        .all(transaction)
        .await?;
    let there = there.into_iter().collect::<BTreeSet<_>>();
    let new = events
        .iter()
        .filter(|event| !there.contains(&event.id))
        .map(|event| convert::audit_event_row(event).into_active_model());
    let new = new.collect::<Vec<_>>();
    if !new.is_empty() {
        audit_event::Entity::insert_many(new).exec_without_returning(transaction).await?;
    }
    Ok(())
}
