use std::path::Path;

use super::{CommandError, block_on, check_apps, print};
use crate::config::{Config, DATABASE_URL};
use crate::database::{self, Inspected};

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    file: super::ConfigFile,
    /// Also ask WeChat for an access token of each app, which checks the secrets
    #[arg(long)]
    online: bool,
    /// Do not connect to the database
    #[arg(long)]
    no_database: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), CommandError> {
    let config = Config::load(arguments.file.path.as_deref())?;
    database::check_url(DATABASE_URL, config.database.url.expose())?;
    for warning in &config.warnings {
        print(&format!("Warning: {warning}."));
    }
    if config.unofficial_wechat {
        print(
            "Warning: wechat.unofficial is set: the server at wechat.base_url decides who users are.",
        );
    }
    if let Some(folder) = &config.avatars.directory {
        check_avatars(folder)?;
    }
    if !arguments.no_database {
        print(&block_on(check_database(&config))?);
    }
    let apps = config.apps.iter().map(|app| app.id.as_str()).collect::<Vec<_>>().join(", ");
    print(&format!("The configuration is valid. Apps: {apps}. Issuer: {}.", config.tokens.issuer));
    if arguments.online { block_on(check_apps::run(&config)) } else { Ok(()) }
}

/// Looks into the database and changes nothing.
async fn check_database(config: &Config) -> Result<String, CommandError> {
    let kind = database::scheme(config.database.url.expose());
    Ok(match database::inspect(DATABASE_URL, &config.database).await? {
        Inspected::Pending(0) => format!("Database: {kind}. Its schema is up to date."),
        Inspected::Pending(count) => format!(
            "Database: {kind}. {count} migrations are pending; `wxlogin serve` and `wxlogin migrate` apply them."
        ),
        Inspected::NoFile(file) => {
            format!("Database: {file} does not exist yet; `wxlogin serve` creates it.")
        }
    })
}

fn check_avatars(folder: &Path) -> Result<(), CommandError> {
    let failed = |why| Err(CommandError(format!("avatars.directory: {}: {why}", folder.display())));
    match folder.metadata() {
        Ok(it) if !it.is_dir() => failed("not a folder".into()),
        Ok(it) if it.permissions().readonly() => failed("the folder is read-only".into()),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            print(&format!(
                "Pictures: {} does not exist yet; `wxlogin serve` creates it.",
                folder.display()
            ));
            Ok(())
        }
        Err(error) => failed(error.kind().to_string()),
    }
}
