//! Moves a whole deployment from one store into an empty one.

mod fingerprint;
#[cfg(test)]
mod tests;

pub use self::fingerprint::Fingerprint;
use crate::ports::{
    Cell, Deployment, DeploymentKind, Row, StoreError, Stores, TABLES, Table, Transfer,
};
use crate::usecase::operations::Progress;

/// A table that has been copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopiedTable {
    /// Which.
    pub name: &'static str,
    /// What it holds, in the source and in the target.
    pub content: Fingerprint,
}

/// The target must not be used. The texts name tables and nothing of what is in them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CopyError {
    /// There is something in the target, which a copy would mix with.
    #[error("the target is not empty: a copy needs a database of its own")]
    TargetNotEmpty,
    /// Nobody has ever used the source.
    #[error("the source has never been served from: there is nothing to copy")]
    NothingToCopy,
    /// The source is no more than a part of something.
    #[error("the source holds an unfinished copy itself: copy from where that came from")]
    SourceUnfinished,
    /// Somebody is using the source.
    #[error(
        "{0} of the source changed during the copy: stop everything that uses it, empty the target and copy again"
    )]
    SourceChanged(&'static str),
    /// The target has not kept what was written, or somebody is using it.
    #[error("{0} of the target is not what was written to it: empty the target and copy again")]
    TargetDiffers(&'static str),
    /// The source failed.
    #[error("{what} of the source cannot be read")]
    Source {
        /// What was looked for.
        what: &'static str,
        /// Why.
        source: StoreError,
    },
    /// The target failed.
    #[error("{what} of the target cannot be written or read")]
    Target {
        /// What was in hand.
        what: &'static str,
        /// Why.
        source: StoreError,
    },
}

/// What errors call a store's word on whose it is.
const MARK: &str = "the mark";

/// How many rows travel together.
const BATCH: u32 = 500;

/// Copies everything from one store into the other, then reads it again from both and compares.
///
/// From its first write until everything has been found equal the target is marked as an unfinished
/// copy, which nothing but emptying it ends. Nobody may use the source meanwhile.
pub async fn copy(
    from: &Stores,
    to: &Stores,
    progress: &dyn Progress,
) -> Result<Vec<CopiedTable>, CopyError> {
    let mark = begin(from, to).await?;
    let mut copied = Vec::with_capacity(TABLES.len());
    for table in TABLES {
        copied.push(copy_table(from, to, table, progress).await?);
    }
    for (table, copied) in TABLES.iter().zip(&copied) {
        check_table(from, to, table, copied.content, progress).await?;
    }
    to.deployment.set_deployment(mark).await.map_err(target(MARK))?;
    Ok(copied)
}

/// Takes the target, and answers the mark that it will have in the end.
async fn begin(from: &Stores, to: &Stores) -> Result<Deployment, CopyError> {
    if !to.transfer.is_empty().await.map_err(target(MARK))? {
        return Err(CopyError::TargetNotEmpty);
    }
    let mark = from.deployment.deployment().await.map_err(source(MARK))?;
    let mark = mark.ok_or(CopyError::NothingToCopy)?;
    match mark.kind {
        DeploymentKind::Development | DeploymentKind::Production => {}
        DeploymentKind::UnfinishedCopy => return Err(CopyError::SourceUnfinished),
    }
    // Whoever began to use the target a moment ago keeps it.
    let unfinished = Deployment { kind: DeploymentKind::UnfinishedCopy, ..mark };
    let remembered = to.deployment.claim(unfinished).await.map_err(target(MARK))?;
    if remembered == unfinished { Ok(mark) } else { Err(CopyError::TargetNotEmpty) }
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

/// Reads a table again from both ends.
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

/// The rows of a table, from the first to the last.
struct Pages<'a> {
    transfer: &'a dyn Transfer,
    table: &'static Table,
    next: Next,
}

enum Next {
    First,
    Behind(Vec<Cell>),
    Nothing,
}

impl<'a> Pages<'a> {
    fn of(stores: &'a Stores, table: &'static Table) -> Self {
        Self { transfer: stores.transfer.as_ref(), table, next: Next::First }
    }

    async fn next(&mut self) -> Result<Option<Vec<Row>>, StoreError> {
        let after = match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::First => None,
            Next::Behind(cells) => Some(cells),
            Next::Nothing => return Ok(None),
        };
        let page = self.transfer.page(self.table, after, BATCH).await?;
        self.next = page.next.map_or(Next::Nothing, Next::Behind);
        Ok(Some(page.rows))
    }
}
