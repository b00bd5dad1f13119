use std::path::Path;

use super::{Failed, block_on, say};
use crate::config::Config;
use crate::database::Database;
use crate::logging;

pub(super) fn run(file: Option<&Path>) -> Result<(), Failed> {
    let config = Config::load(file)?;
    logging::start(&config.log);
    block_on(async {
        let database = Database::open(&config.database).await?;
        database.migrate().await?;
        database.close().await;
        say("The schema is up to date.");
        Ok(())
    })
}
