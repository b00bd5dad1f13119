mod summary;
mod whole_file;

use std::path::PathBuf;
use std::sync::Arc;

use wxlogin_domain::model::{Secret, UserStatus};
use wxlogin_domain::ports::{Clock, Randomness};
use wxlogin_domain::usecase::operations::import_users::{
    ImportReport, ImportUsers, StatusMeanings,
};
use wxlogin_system::{SystemClock, SystemRandomness};

use self::summary::{map, rows_not_taken, summary};
use self::whole_file::WholeFile;
use super::progress::Bar;
use super::{ConfigFile, Failed, block_on, say};
use crate::bootstrap::Bootstrap;
use crate::config::{Config, DatabaseConfig};
use crate::{Migrate, database, logging};

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    file: ConfigFile,
    /// The URL of the old database, like `mongodb://user:password@host/database`
    #[arg(long, value_name = "URL", env = "WXLOGIN_IMPORT_FROM", hide_env_values = true)]
    from: String,
    /// The mini-program whose users they are; it has to be configured
    #[arg(long = "app", value_name = "APPID")]
    app_id: String,
    /// What a number in `status` means, as 3=active or 3=disabled; can be given several times
    /// [default: 1=active, 0=disabled]
    #[arg(long = "status", value_name = "VALUE=MEANING", allow_hyphen_values = true)]
    #[arg(value_parser = status)]
    statuses: Vec<(i64, UserStatus)>,
    /// Where to write which old id has become which user
    #[arg(long, value_name = "FILE", default_value = "user-ids.csv")]
    map: PathBuf,
    /// Where to write which rows could not be taken, and why
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

pub(super) fn run(arguments: Arguments) -> Result<(), Failed> {
    let config = Config::load(arguments.file.path.as_deref())?;
    let app = config.apps.resolve(Some(&arguments.app_id));
    let app_id = app
        .map(|app| app.id.clone())
        .map_err(|_| Failed("--app: expected an app that has its section under [apps]".into()))?;
    let statuses = arguments.statuses.into_iter();
    let statuses =
        statuses.fold(StatusMeanings::default(), |all, (number, status)| all.with(number, status));
    logging::start(&config.log);
    let from = DatabaseConfig::with_defaults(Secret::new(arguments.from))?;
    let map_file = WholeFile::create(&arguments.map)?;
    let report_file = arguments.report.as_deref().map(WholeFile::create).transpose()?;
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
        let report = import.import(&mut users, &Bar::new()).await;
        ground.database.close().await;
        Ok::<ImportReport, Failed>(report?)
    })?;
    map_file.finish(&map(&report))?;
    say(&summary(&report));
    say(&format!("Which old id is which user is in {}.", arguments.map.display()));
    if let (Some(file), Some(path)) = (report_file, arguments.report) {
        file.finish(&rows_not_taken(&report))?;
        say(&format!("Which rows were not taken, and why, is in {}.", path.display()));
    }
    Ok(())
}

/// Reads one `--status`.
fn status(text: &str) -> Result<(i64, UserStatus), &'static str> {
    const RULE: &str = "expected a number and what it means, like 3=active or 3=disabled";
    let (number, meaning) = text.split_once('=').ok_or(RULE)?;
    let status = match meaning {
        "active" => UserStatus::Active,
        "disabled" => UserStatus::Disabled,
        _ => return Err(RULE),
    };
    Ok((number.parse().map_err(|_| RULE)?, status))
}
