use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures_util::FutureExt;

use super::*;
use crate::ports::{KeyedTag, Page, Replacement};
use crate::testing::MemoryStore;
use crate::testing::contract::{Sample, transfer};

/// Ignores the progress.
struct NoProgress;

impl Progress for NoProgress {
    fn begin(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
}

const DEPLOYMENT: Deployment =
    Deployment { key_check: KeyedTag([7; 32]), kind: DeploymentKind::Production, rotation: None };

async fn claimed() -> Stores {
    let stores = MemoryStore::stores();
    stores.deployment.claim(DEPLOYMENT).await.unwrap();
    stores
}

/// A deployment with values in every table and column.
async fn full() -> Stores {
    let stores = claimed().await;
    transfer::populate(&stores).await;
    stores
}

async fn copied(from: &Stores, to: &Stores) -> Result<Vec<CopiedTable>, CopyError> {
    copy(from, to, &NoProgress).await
}

/// A store whose rows this function changes as they are read.
fn read_as(
    stores: Stores,
    change: impl Fn(&Table, &mut Vec<Row>) + Send + Sync + 'static,
) -> Stores {
    struct Altered<F>(Arc<dyn Transfer>, F);

    #[async_trait]
    impl<F: Fn(&Table, &mut Vec<Row>) + Send + Sync> Transfer for Altered<F> {
        async fn is_empty(&self) -> Result<bool, StoreError> {
            self.0.is_empty().await
        }

        async fn count(&self, table: &'static Table) -> Result<u64, StoreError> {
            self.0.count(table).await
        }

        async fn page(
            &self,
            table: &'static Table,
            after: Option<Vec<Cell>>,
            limit: u32,
        ) -> Result<Page, StoreError> {
            let mut page = self.0.page(table, after, limit).await?;
            (self.1)(table, &mut page.rows);
            Ok(page)
        }

        async fn insert(&self, table: &'static Table, rows: Vec<Row>) -> Result<(), StoreError> {
            self.0.insert(table, rows).await
        }

        async fn replace(
            &self,
            table: &'static Table,
            replacements: Vec<Replacement>,
        ) -> Result<(), StoreError> {
            self.0.replace(table, replacements).await
        }
    }

    Stores { transfer: Arc::new(Altered(stores.transfer.clone(), change)), ..stores }
}

#[tokio::test]
async fn everything_is_copied_and_the_deployment_row_last() {
    let (from, to) = (full().await, MemoryStore::stores());
    for person in 0..1200 {
        Sample::of(&format!("oPerson{person}")).sign_in(&from).await;
    }
    let tables = copied(&from, &to).await.unwrap();
    assert_eq!(
        tables.iter().map(|table| table.name).collect::<Vec<_>>(),
        TABLES.iter().map(|table| table.name).collect::<Vec<_>>()
    );
    let users = tables.iter().find(|table| table.name == "users").unwrap().content;
    assert!(users.rows() > 1200);
    assert_eq!(to.deployment.deployment().await, Ok(Some(DEPLOYMENT)));
    let back = MemoryStore::stores();
    assert_eq!(copied(&to, &back).await, Ok(tables));
}

#[tokio::test]
async fn a_target_may_sort_differently() {
    let from = full().await;
    let to = read_as(MemoryStore::stores(), |_, rows| rows.reverse());
    assert!(copied(&from, &to).await.is_ok());
}

#[tokio::test]
async fn one_different_cell_is_detected() {
    let from = full().await;
    for table in TABLES {
        for column in 0..table.columns.len() {
            let to = read_as(MemoryStore::stores(), move |read, rows| {
                if read.name == table.name {
                    let cell = &mut rows[0].0[column];
                    *cell = match cell {
                        Cell::Absent => Cell::Text(String::new()),
                        Cell::Integer(number) => Cell::Integer(*number + 1),
                        Cell::Text(text) => Cell::Text(format!("{text} ")),
                        Cell::Bytes(_) | Cell::Id(_) => Cell::Absent,
                    };
                }
            });
            assert_eq!(copied(&from, &to).await, Err(CopyError::TargetDiffers(table.name)));
            let mark = to.deployment.deployment().await.unwrap().unwrap();
            assert_eq!(mark.kind, DeploymentKind::UnfinishedCopy);
        }
    }
}

#[tokio::test]
async fn a_lost_or_duplicated_row_is_detected() {
    type Change = fn(&Table, &mut Vec<Row>);
    let from = full().await;
    let lost: Change = |table, rows| {
        if table.name == "sessions" {
            rows.pop();
        }
    };
    let doubled: Change = |table, rows| {
        if table.name == "sessions" {
            rows.push(rows[0].clone());
        }
    };
    for change in [lost, doubled] {
        let to = read_as(MemoryStore::stores(), change);
        assert_eq!(copied(&from, &to).await, Err(CopyError::TargetDiffers("sessions")));
    }
}

/// Signs a user in at the source when this step begins.
struct BusySource {
    when: &'static str,
    source: Stores,
}

impl Progress for BusySource {
    fn begin(&self, what: &str, _: u64) {
        if what == self.when {
            let login = Sample::of("oMeddler");
            login.sign_in(&self.source).now_or_never().unwrap();
        }
    }

    fn advance(&self, _: u64) {}
}

#[tokio::test]
async fn a_source_in_use_is_detected() {
    for (when, found) in [
        ("copying identities", "users"),
        ("copying audit_events", "users"),
        ("checking users", "users"),
        ("checking sessions", "sessions"),
    ] {
        let (from, to) = (full().await, MemoryStore::stores());
        let meddler = BusySource { when, source: from.clone() };
        let error = copy(&from, &to, &meddler).await.unwrap_err();
        assert_eq!(error, CopyError::SourceChanged(found), "{when}");
        let mark = to.deployment.deployment().await.unwrap().unwrap();
        assert_eq!(mark, Deployment { kind: DeploymentKind::UnfinishedCopy, ..DEPLOYMENT });
    }
}

#[tokio::test]
async fn a_target_with_rows_is_refused() {
    let from = full().await;
    assert_eq!(copied(&from, &from).await, Err(CopyError::TargetNotEmpty));
    let to = claimed().await;
    assert_eq!(copied(&from, &to).await, Err(CopyError::TargetNotEmpty));
    assert_eq!(to.deployment.deployment().await, Ok(Some(DEPLOYMENT)));
    let to = MemoryStore::stores();
    Sample::of("oAlice").sign_in(&to).await;
    assert_eq!(copied(&from, &to).await, Err(CopyError::TargetNotEmpty));
    assert_eq!(to.deployment.deployment().await, Ok(None));
}

#[tokio::test]
async fn an_unused_or_unfinished_source_is_not_copied() {
    let to = MemoryStore::stores();
    let never_used = MemoryStore::stores();
    assert_eq!(copied(&never_used, &to).await, Err(CopyError::NothingToCopy));
    let unfinished = MemoryStore::stores();
    let mark = Deployment { kind: DeploymentKind::UnfinishedCopy, ..DEPLOYMENT };
    unfinished.deployment.claim(mark).await.unwrap();
    assert_eq!(copied(&unfinished, &to).await, Err(CopyError::SourceUnfinished));
    assert_eq!(to.transfer.is_empty().await, Ok(true));
}

/// Adds up the progress.
#[derive(Default)]
struct RecordedProgress(Mutex<Vec<(String, u64, u64)>>);

impl Progress for RecordedProgress {
    fn begin(&self, what: &str, rows: u64) {
        self.0.lock().unwrap().push((what.into(), rows, 0));
    }

    fn advance(&self, rows: u64) {
        self.0.lock().unwrap().last_mut().unwrap().2 += rows;
    }
}

#[tokio::test]
async fn progress_is_reported() {
    let (from, to, recorded) = (full().await, MemoryStore::stores(), RecordedProgress::default());
    copy(&from, &to, &recorded).await.unwrap();
    let recorded = recorded.0.into_inner().unwrap();
    assert_eq!(recorded.len(), 2 * TABLES.len());
    for (what, announced, done) in recorded {
        assert_eq!(announced, done, "{what}");
        assert!(done > 0, "{what}");
    }
}
