use std::path::Path;

use super::{CommandError, block_on, check_apps, print};
use crate::config::{Config, DATABASE_URL};
use crate::database;

pub(super) fn run(file: Option<&Path>, online: bool) -> Result<(), CommandError> {
    let config = Config::load(file)?;
    database::check_url(DATABASE_URL, config.database.url.expose())?;
    let apps = config.apps.iter().map(|app| app.id.as_str()).collect::<Vec<_>>().join(", ");
    print(&format!("The configuration is valid. Apps: {apps}. Issuer: {}.", config.tokens.issuer));
    if config.unofficial_wechat {
        print(
            "Warning: wechat.unofficial is set: the server at wechat.base_url decides who users are.",
        );
    }
    if online { block_on(check_apps::run(&config)) } else { Ok(()) }
}
