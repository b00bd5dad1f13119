use std::fmt::Write;
use std::time::Duration;

use wxlogin_domain::model::Secret;
use wxlogin_domain::ports::StoreError;
use wxlogin_domain::usecase::operations::copy::{self, CopiedTable};

use super::progress::TerminalProgress;
use super::{CommandError, block_on, print};
use crate::config::{DatabaseConfig, LogConfig, LogFormat};
use crate::database::{Database, IfMissing};
use crate::logging;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// URL of the database to copy from; every wxlogin that uses it must be stopped
    #[arg(long, value_name = "URL", env = "WXLOGIN_COPY_FROM", hide_env_values = true)]
    from: String,
    /// URL of the database to copy into; it must be empty
    #[arg(long, value_name = "URL", env = "WXLOGIN_COPY_TO", hide_env_values = true)]
    to: String,
}

const FROM: &str = "--from";
const TO: &str = "--to";

/// Long enough to count the rows of a large table. No request waits for it.
const STATEMENT_TIMEOUT: Duration = Duration::from_mins(1);

pub(super) fn run(arguments: Arguments) -> Result<(), CommandError> {
    let (from, to) = (database_config(arguments.from)?, database_config(arguments.to)?);
    logging::start(&LogConfig { format: LogFormat::Auto, filter: "warn".into() });
    block_on(async {
        let from = Database::open(FROM, &from, IfMissing::Fail).await?;
        let copied = copy_from(&from, &to).await;
        from.close().await;
        print(&summary(&copied?));
        Ok(())
    })
}

fn database_config(url: String) -> Result<DatabaseConfig, CommandError> {
    let defaults = DatabaseConfig::with_defaults(Secret::new(url))?;
    Ok(DatabaseConfig { statement_timeout: STATEMENT_TIMEOUT, ..defaults })
}

async fn copy_from(from: &Database, to: &DatabaseConfig) -> Result<Vec<CopiedTable>, CommandError> {
    let pending = from.pending_migrations().await.map_err(named(FROM))?;
    if pending > 0 {
        return Err(CommandError(format!(
            "{FROM}: {pending} migrations are pending; run `wxlogin migrate` on this database first"
        )));
    }
    let to = Database::open(TO, to, IfMissing::Create).await?;
    let copied = fill(from, &to).await;
    to.close().await;
    copied
}

async fn fill(from: &Database, to: &Database) -> Result<Vec<CopiedTable>, CommandError> {
    to.migrate().await.map_err(named(TO))?;
    let copied = copy::copy(&from.stores(), &to.stores(), &TerminalProgress::new()).await?;
    to.update_statistics().await;
    Ok(copied)
}

fn named(flag: &'static str) -> impl Fn(StoreError) -> CommandError {
    move |error| CommandError(format!("{flag}: {error}"))
}

fn summary(tables: &[CopiedTable]) -> String {
    let mut text = format!("{:<20} {:>10}  content\n", "table", "rows");
    for CopiedTable { name, content } in tables {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name:<20} {:>10}  {content}", content.rows());
    }
    text + "\nAll tables were copied and compared: both databases have the same content.\n\
            Set database.url to the new URL and start wxlogin. Keep the old database until that works."
}
