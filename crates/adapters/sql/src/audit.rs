use std::collections::BTreeSet;

use async_trait::async_trait;
use sea_orm::sea_query::CaseStatement;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
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
        let after = match after {
            None => 0,
            Some(id) => self.read(number_of(id, self)).await?.unwrap_or(0),
        };
        let page = async || -> Result<Vec<audit_event::Model>, StoreError> {
            // The query for one app must not return events that are newer than those that the query
            // for another app could see.
            let last = self.read(highest(self.reader())).await?;
            let mut events = audit_event::Entity::find()
                .filter(audit_event::Column::Number.gt(after))
                .filter(audit_event::Column::Number.lte(last))
                .order_by_asc(audit_event::Column::Number)
                .limit(u64::from(limit));
            if let Some(user_id) = user_id {
                events = events.filter(audit_event::Column::UserId.eq(user_id.as_uuid()));
            }
            let mut page = Vec::new();
            let of_apps = match user_id {
                Some(_) => vec![in_apps(apps, audit_event::Column::AppId)],
                None => by_app(apps, audit_event::Column::AppId),
            };
            for of_app in of_apps {
                let events = events.clone().filter(of_app);
                page.extend(self.read(events.all(self.reader())).await?);
            }
            page.sort_by_key(|event| event.number);
            page.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            Ok(page)
        };
        let mut events = page().await?;
        // After an import there are many; a later call goes on.
        for _ in 0..ROUNDS {
            let is_full = events.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
            if is_full || !self.number_events().await? {
                break;
            }
            events = page().await?;
        }
        events.into_iter().map(convert::audit_event).collect()
    }
}

/// How many events are numbered in one transaction, and how often for one page.
const NUMBERED: u64 = 500;
const ROUNDS: usize = 20;

async fn number_of(id: Uuid, connections: &Connections) -> Result<Option<i64>, DbErr> {
    let event = audit_event::Entity::find_by_id(id).one(connections.reader()).await?;
    Ok(event.and_then(|event| event.number))
}

/// The highest number, or zero.
async fn highest(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let highest = audit_event::Entity::find()
        .select_only()
        .column(audit_event::Column::Number)
        .filter(audit_event::Column::Number.is_not_null())
        .order_by_desc(audit_event::Column::Number)
        .into_tuple()
        .one(db)
        .await?;
    Ok(highest.unwrap_or(0))
}

async fn unnumbered(db: &impl ConnectionTrait) -> Result<Vec<Uuid>, DbErr> {
    audit_event::Entity::find()
        .select_only()
        .column(audit_event::Column::Id)
        .filter(audit_event::Column::Number.is_null())
        .limit(NUMBERED)
        .into_tuple()
        .all(db)
        .await
}

impl Connections {
    /// Numbers events that are committed and have no number yet; whether there were any.
    pub(crate) async fn number_events(&self) -> Result<bool, StoreError> {
        if self.read(unnumbered(self.reader())).await?.is_empty() {
            return Ok(false);
        }
        self.write(&(), |transaction, ()| Box::pin(number(transaction))).await?;
        Ok(true)
    }
}

/// Gives the next numbers, without a gap. Of two transactions that do this at the same time one fails:
/// both use the number after the highest, which is unique.
async fn number(transaction: &Transaction) -> Result<(), Failure> {
    let highest = highest(transaction).await?;
    let mut ids = unnumbered(transaction).await?;
    if ids.is_empty() {
        return Ok(());
    }
    // Events that become visible together are in the order of their times.
    ids.sort_unstable();
    let mut numbers = CaseStatement::new();
    for (number, id) in (highest + 1..).zip(&ids) {
        numbers = numbers.case(audit_event::Column::Id.eq(*id), number);
    }
    let count = ids.len();
    let numbered = audit_event::Entity::update_many()
        .col_expr(audit_event::Column::Number, numbers.into())
        .filter(audit_event::Column::Id.is_in(ids))
        .filter(audit_event::Column::Number.is_null())
        .exec(transaction)
        .await?;
    if usize::try_from(numbered.rows_affected) == Ok(count) {
        Ok(())
    } else {
        Err(Failure::Conflict)
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
