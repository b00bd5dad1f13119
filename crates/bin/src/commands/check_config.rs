use std::path::Path;

use super::{Failed, say};
use crate::config::{Config, DATABASE_URL};
use crate::database;

pub(super) fn run(file: Option<&Path>) -> Result<(), Failed> {
    let config = Config::load(file)?;
    database::check_url(DATABASE_URL, config.database.url.expose())?;
    let apps = config.apps.iter().map(|app| app.id.as_str()).collect::<Vec<_>>().join(", ");
    say(&format!("The configuration is right. Apps: {apps}. Issuer: {}.", config.tokens.issuer));
    if config.unofficial_wechat {
        say("Warning: wechat.unofficial lets a server that is not WeChat say who everybody is.");
    }
    Ok(())
}
