mod atomic_file;
mod summary;

use std::path::PathBuf;
use std::sync::Arc;

use wxlogin_domain::model::{Secret, UserStatus};
use wxlogin_domain::ports::{Clock, Randomness};
use wxlogin_domain::usecase::operations::import_users::{
    ImportReport, ImportUsers, StatusMeanings,
};
use wxlogin_system::{SystemClock, SystemRandomness};

use self::atomic_file::AtomicFile;
use self::summary::{skipped_rows_csv, summary, user_ids_csv};
use super::progress::TerminalProgress;
use super::{CommandError, ConfigFile, block_on, print};
use crate::bootstrap::Bootstrap;
use crate::config::{Config, DatabaseConfig};
use crate::{Migrate, database, logging};

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    file: ConfigFile,
    /// URL of the old database, like `mongodb://user:password@host/database`
    #[arg(long, value_name = "URL", env = "WXLOGIN_IMPORT_FROM", hide_env_values = true)]
    from: String,
    /// AppID of the users' mini-program; it must be configured
    #[arg(long = "app", value_name = "APPID")]
    app_id: String,
    /// Meaning of a number in `status`, like 3=active or 3=disabled; can be repeated
    /// [default: 1=active, 0=disabled]
    #[arg(long = "status", value_name = "VALUE=MEANING", allow_hyphen_values = true)]
    #[arg(value_parser = parse_status)]
    statuses: Vec<(i64, UserStatus)>,
    /// File for the old ids and the ids of their users
    #[arg(long, value_name = "FILE", default_value = "user-ids.csv")]
    map: PathBuf,
    /// File for the rows that were not imported, with the reasons
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

pub(super) fn run(arguments: Arguments) -> Result<(), CommandError> {
    let config = Config::load(arguments.file.path.as_deref())?;
    let app = config.apps.resolve(Some(&arguments.app_id));
    let app_id = app
        .map(|app| app.id.clone())
        .map_err(|_| CommandError("--app: expected the AppID of a section under [apps]".into()))?;
    let statuses = arguments.statuses.into_iter();
    let statuses =
        statuses.fold(StatusMeanings::default(), |all, (number, status)| all.with(number, status));
    logging::start(&config.log);
    let from = DatabaseConfig::with_defaults(Secret::new(arguments.from))?;
    let map_file = AtomicFile::create(&arguments.map)?;
    let report_file = arguments.report.as_deref().map(AtomicFile::create).transpose()?;
    let report = block_on(async {
        let randomness: Arc<dyn Randomness> = Arc::new(SystemRandomness);
        let mut users = database::original_users("--from", &from).await?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ground =
            Bootstrap::open(&config, Migrate::Yes, clock.clone(), randomness.clone()).await?;
        let import = ImportUsers {
            app_id,
            statuses,
            import: ground.stores.import.clone(),
            sealer: ground.sealer.clone(),
            clock,
            randomness,
        };
        let report = import.import(&mut users, &TerminalProgress::new()).await;
        ground.database.update_statistics().await;
        ground.database.close().await;
        Ok::<ImportReport, CommandError>(report?)
    })?;
    map_file.finish(&user_ids_csv(&report))?;
    print(&summary(&report));
    print(&format!("The old ids and their user ids are in {}.", arguments.map.display()));
    if let (Some(file), Some(path)) = (report_file, arguments.report) {
        file.finish(&skipped_rows_csv(&report))?;
        print(&format!(
            "The rows that were not imported are in {}, with the reasons.",
            path.display()
        ));
    }
    Ok(())
}

/// Parses the value of `--status`.
fn parse_status(text: &str) -> Result<(i64, UserStatus), &'static str> {
    const RULE: &str = "expected a number and its meaning, like 3=active or 3=disabled";
    let (number, meaning) = text.split_once('=').ok_or(RULE)?;
    let status = match meaning {
        "active" => UserStatus::Active,
        "disabled" => UserStatus::Disabled,
        _ => return Err(RULE),
    };
    Ok((number.parse().map_err(|_| RULE)?, status))
}
