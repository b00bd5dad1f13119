use std::fmt::Write;
use std::time::Duration;

use wxlogin_domain::model::Secret;
use wxlogin_domain::ports::StoreError;
use wxlogin_domain::usecase::operations::copy::{self, CopiedTable};

use super::progress::Bar;
use super::{Failed, block_on, say};
use crate::config::{DatabaseConfig, LogConfig, LogFormat};
use crate::database::Database;
use crate::logging;

#[derive(clap::Args)]
pub(super) struct Copy {
    /// The URL of the database that has been served from; no wxlogin may use it meanwhile
    #[arg(long, value_name = "URL", env = "WXLOGIN_COPY_FROM", hide_env_values = true)]
    from: String,
    /// The URL of the database that will be served from; it has to be empty
    #[arg(long, value_name = "URL", env = "WXLOGIN_COPY_TO", hide_env_values = true)]
    to: String,
}

const FROM: &str = "--from";
const TO: &str = "--to";

/// Nobody waits for an answer, and to count a large table takes a database its time.
const STATEMENT_TIMEOUT: Duration = Duration::from_mins(1);

pub(super) fn run(copy: Copy) -> Result<(), Failed> {
    let (from, to) = (end(copy.from)?, end(copy.to)?);
    logging::start(&LogConfig { format: LogFormat::Auto, filter: "warn".into() });
    block_on(async {
        let from = Database::open(FROM, &from).await?;
        let copied = copy_from(&from, &to).await;
        from.close().await;
        say(&summary(&copied?));
        Ok(())
    })
}

fn end(url: String) -> Result<DatabaseConfig, Failed> {
    let defaults = DatabaseConfig::with_defaults(Secret::new(url))?;
    Ok(DatabaseConfig { statement_timeout: STATEMENT_TIMEOUT, ..defaults })
}

async fn copy_from(from: &Database, to: &DatabaseConfig) -> Result<Vec<CopiedTable>, Failed> {
    let pending = from.pending_migrations().await.map_err(at(FROM))?;
    if pending > 0 {
        return Err(Failed(format!(
            "{FROM}: {pending} migrations are pending: it is no database of this version; run `wxlogin migrate` with it first"
        )));
    }
    let to = Database::open(TO, to).await?;
    let copied = fill(from, &to).await;
    to.close().await;
    copied
}

async fn fill(from: &Database, to: &Database) -> Result<Vec<CopiedTable>, Failed> {
    to.migrate().await.map_err(at(TO))?;
    Ok(copy::copy(&from.stores(), &to.stores(), &Bar::new()).await?)
}

fn at(end: &'static str) -> impl Fn(StoreError) -> Failed {
    move |error| Failed(format!("{end}: {error}"))
}

fn summary(tables: &[CopiedTable]) -> String {
    let mut text = format!("{:<20} {:>10}  content\n", "table", "rows");
    for CopiedTable { name, content } in tables {
        // Writing into a text cannot fail.
        let _ = writeln!(text, "{name:<20} {:>10}  {content}", content.rows());
    }
    text + "\nEverything has been copied; read again, both databases hold the same.\n\
            Put the new URL into database.url and start wxlogin. Keep the old database until that works."
}
