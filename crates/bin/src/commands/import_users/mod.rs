mod atomic_file;
mod summary;

use std::path::PathBuf;
use std::sync::Arc;

use wxlogin_domain::model::{Secret, UserStatus, UserType};
use wxlogin_domain::ports::{Clock, LegacyUsers, Randomness};
use wxlogin_domain::usecase::operations::import_users::{ImportReport, ImportUsers, Mapping};
use wxlogin_system::{SystemClock, SystemRandomness};

use self::atomic_file::AtomicFile;
use self::summary::{report_csv, summary, unmapped_values, user_ids_csv};
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
    /// Meaning of a value of `status`, like frozen=disabled or true=active; can be repeated
    /// [default: 1=active, 0=disabled]
    #[arg(long = "status", value_name = "VALUE=MEANING", allow_hyphen_values = true)]
    #[arg(value_parser = parse_status)]
    statuses: Vec<(String, UserStatus)>,
    /// Number for a value of `userType`, like vip=3; can be repeated [default: a number means itself]
    #[arg(long = "user-type", value_name = "VALUE=NUMBER", allow_hyphen_values = true)]
    #[arg(value_parser = parse_user_type)]
    user_types: Vec<(String, UserType)>,
    /// Import the other users if values of `status` or `userType` have no meaning
    #[arg(long)]
    skip_unmapped: bool,
    /// File for the old ids and the ids of their users
    #[arg(long, value_name = "FILE", default_value = "user-ids.csv")]
    map: PathBuf,
    /// File for the rows that were not imported, or not completely, with the reasons
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

pub(super) fn run(arguments: Arguments) -> Result<(), CommandError> {
    let config = Config::load(arguments.file.path.as_deref())?;
    let app = config.apps.resolve(Some(&arguments.app_id));
    let app_id = app
        .map(|app| app.id.clone())
        .map_err(|_| CommandError("--app: expected the AppID of a section under [apps]".into()))?;
    let mapping = mapping(&arguments);
    logging::start(&config.log);
    let from = DatabaseConfig::with_defaults(Secret::new(arguments.from))?;
    let map_file = AtomicFile::create(&arguments.map)?;
    let report_file = arguments.report.as_deref().map(AtomicFile::create).transpose()?;
    let report = block_on(async {
        let randomness: Arc<dyn Randomness> = Arc::new(SystemRandomness);
        let mut users = database::original_users("--from", &from).await?;
        if !arguments.skip_unmapped {
            require_meanings(&mapping, &mut users).await?;
        }
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ground =
            Bootstrap::open(&config, Migrate::Yes, clock.clone(), randomness.clone()).await?;
        let import = ImportUsers {
            app_id,
            mapping,
            import: ground.stores.import.clone(),
            accounts: ground.stores.accounts.clone(),
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
    match (report_file, arguments.report) {
        (Some(file), Some(path)) => {
            file.finish(&report_csv(&report))?;
            print(&format!(
                "The rows that were not imported, or not completely, are in {}, with the reasons.",
                path.display()
            ));
        }
        _ if report.not_taken.is_empty() && report.incomplete.is_empty() => {}
        _ => print("To list the rows with the reasons, import again with --report FILE."),
    }
    Ok(())
}

fn mapping(arguments: &Arguments) -> Mapping {
    let Arguments { statuses, user_types, .. } = arguments;
    let with_statuses = statuses
        .iter()
        .fold(Mapping::default(), |mapping, (value, status)| mapping.with_status(value, *status));
    user_types.iter().fold(with_statuses, |mapping, (value, user_type)| {
        mapping.with_user_type(value, *user_type)
    })
}

/// Fails if a value of the old users has no meaning, and lists these values.
async fn require_meanings(
    mapping: &Mapping,
    users: &mut dyn LegacyUsers,
) -> Result<(), CommandError> {
    let unmapped = mapping.unmapped(users, &TerminalProgress::new()).await?;
    if unmapped.is_empty() {
        users.restart();
        return Ok(());
    }
    print(unmapped_values(&unmapped).trim_end());
    Err(CommandError(
        "nothing was imported, because the values above have no meaning; set it with the options above, or leave these users out with --skip-unmapped".into(),
    ))
}

/// Parses the value of `--status`.
fn parse_status(text: &str) -> Result<(String, UserStatus), &'static str> {
    let (value, status) = match text.rsplit_once('=') {
        Some((value, "active")) => (value, UserStatus::Active),
        Some((value, "disabled")) => (value, UserStatus::Disabled),
        _ => return Err("expected a value and its meaning, like frozen=disabled or true=active"),
    };
    Ok((value.to_owned(), status))
}

/// Parses the value of `--user-type`.
fn parse_user_type(text: &str) -> Result<(String, UserType), &'static str> {
    let parsed = text
        .rsplit_once('=')
        .and_then(|(value, number)| Some((value.to_owned(), UserType(number.parse().ok()?))));
    parsed.ok_or("expected a value and a 32-bit number, like vip=3")
}
