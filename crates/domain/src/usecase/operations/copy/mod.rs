//! Copies a whole deployment from one database to an empty one.

mod fingerprint;
#[cfg(test)]
mod tests;

pub use self::fingerprint::Fingerprint;
use crate::ports::{
    Cell, Deployment, DeploymentKind, Row, StoreError, Stores, TABLES, Table, Transfer,
};
use crate::usecase::operations::progress::Progress;

/// A copied table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopiedTable {
    /// The table's name.
    pub name: &'static str,
    /// Its content, in the source and in the target.
    pub content: Fingerprint,
}

/// Why a copy failed; the target must not be used. The texts name tables and none of their values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CopyError {
    /// The target has rows.
    #[error("the target is not empty; copy to an empty database")]
    TargetNotEmpty,
    /// The source was never used.
    #[error("the source has never been used, so there is nothing to copy")]
    NothingToCopy,
    /// The source is an unfinished copy.
    #[error("the source is an unfinished copy; copy from its source instead")]
    SourceUnfinished,
    /// The source is in use.
    #[error(
        "{0} changed in the source during the copy; stop everything that uses it, empty the target and copy again"
    )]
    SourceChanged(&'static str),
    /// The target did not store what was written, or it is in use.
    #[error("{0} in the target differs from what was written; empty the target and copy again")]
    TargetDiffers(&'static str),
    /// The source failed.
    #[error("cannot read {what} of the source")]
    Source {
        /// What was read.
        what: &'static str,
        /// The cause.
        source: StoreError,
    },
    /// The target failed.
    #[error("cannot write or read {what} of the target")]
    Target {
        /// What was written or read.
        what: &'static str,
        /// The cause.
        source: StoreError,
    },
}

/// The deployment row, in error texts.
const DEPLOYMENT: &str = "the deployment row";

/// Rows per page.
const BATCH: u32 = 500;

/// Copies every table, then reads both databases again and compares them.
///
/// Until they are found to be equal, the target is marked as an unfinished copy, which cannot be
/// used. The source must not be in use meanwhile.
pub async fn copy(
    from: &Stores,
    to: &Stores,
    progress: &dyn Progress,
) -> Result<Vec<CopiedTable>, CopyError> {
    let deployment = begin(from, to).await?;
    let mut copied = Vec::with_capacity(TABLES.len());
    for table in TABLES {
        copied.push(copy_table(from, to, table, progress).await?);
    }
    for (table, copied) in TABLES.iter().zip(&copied) {
        check_table(from, to, table, copied.content, progress).await?;
    }
    to.deployment.set_deployment(deployment).await.map_err(target(DEPLOYMENT))?;
    Ok(copied)
}

/// Claims the target, and returns the deployment row that it gets in the end.
async fn begin(from: &Stores, to: &Stores) -> Result<Deployment, CopyError> {
    if !to.transfer.is_empty().await.map_err(target(DEPLOYMENT))? {
        return Err(CopyError::TargetNotEmpty);
    }
    let deployment = from.deployment.deployment().await.map_err(source(DEPLOYMENT))?;
    let deployment = deployment.ok_or(CopyError::NothingToCopy)?;
    match deployment.kind {
        DeploymentKind::Development | DeploymentKind::Production => {}
        DeploymentKind::UnfinishedCopy => return Err(CopyError::SourceUnfinished),
    }
    // Fails if somebody has begun to use the target meanwhile.
    let unfinished = Deployment { kind: DeploymentKind::UnfinishedCopy, ..deployment.clone() };
    let remembered = to.deployment.claim(unfinished.clone()).await.map_err(target(DEPLOYMENT))?;
    if remembered == unfinished { Ok(deployment) } else { Err(CopyError::TargetNotEmpty) }
}

async fn copy_table(
    from: &Stores,
    to: &Stores,
    table: &'static Table,
    progress: &dyn Progress,
) -> Result<CopiedTable, CopyError> {
    let expected = from.transfer.count(table).await.map_err(source(table.name))?;
    progress.begin(&format!("copying {}", table.name), expected);
    let mut content = Fingerprint::default();
    let mut pages = Pages::of(from, table);
    while let Some(rows) = pages.next().await.map_err(source(table.name))? {
        content.add(&rows);
        let number = rows.len() as u64;
        to.transfer.insert(table, rows).await.map_err(target(table.name))?;
        progress.advance(number);
    }
    Ok(CopiedTable { name: table.name, content })
}

/// Reads a table again from both databases and compares them.
async fn check_table(
    from: &Stores,
    to: &Stores,
    table: &'static Table,
    copied: Fingerprint,
    progress: &dyn Progress,
) -> Result<(), CopyError> {
    progress.begin(&format!("checking {}", table.name), copied.rows().saturating_mul(2));
    if content(from, table, progress).await.map_err(source(table.name))? != copied {
        return Err(CopyError::SourceChanged(table.name));
    }
    if content(to, table, progress).await.map_err(target(table.name))? != copied {
        return Err(CopyError::TargetDiffers(table.name));
    }
    Ok(())
}

async fn content(
    stores: &Stores,
    table: &'static Table,
    progress: &dyn Progress,
) -> Result<Fingerprint, StoreError> {
    let mut content = Fingerprint::default();
    let mut pages = Pages::of(stores, table);
    while let Some(rows) = pages.next().await? {
        content.add(&rows);
        progress.advance(rows.len() as u64);
    }
    Ok(content)
}

fn source(what: &'static str) -> impl Fn(StoreError) -> CopyError {
    move |source| CopyError::Source { what, source }
}

fn target(what: &'static str) -> impl Fn(StoreError) -> CopyError {
    move |source| CopyError::Target { what, source }
}

/// A table's rows, page by page.
struct Pages<'a> {
    transfer: &'a dyn Transfer,
    table: &'static Table,
    next: Next,
}

enum Next {
    First,
    After(Vec<Cell>),
    End,
}

impl<'a> Pages<'a> {
    fn of(stores: &'a Stores, table: &'static Table) -> Self {
        Self { transfer: stores.transfer.as_ref(), table, next: Next::First }
    }

    async fn next(&mut self) -> Result<Option<Vec<Row>>, StoreError> {
        let after = match std::mem::replace(&mut self.next, Next::End) {
            Next::First => None,
            Next::After(cells) => Some(cells),
            Next::End => return Ok(None),
        };
        let page = self.transfer.page(self.table, after, BATCH).await?;
        self.next = page.next.map_or(Next::End, Next::After);
        Ok(Some(page.rows))
    }
}
