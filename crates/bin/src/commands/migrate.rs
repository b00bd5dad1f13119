use std::path::Path;

use wxlogin_domain::usecase::operations::deployment;

use super::{CommandError, block_on, print};
use crate::config::{Config, DATABASE_URL};
use crate::database::{Database, IfMissing};
use crate::logging;

pub(super) fn run(file: Option<&Path>) -> Result<(), CommandError> {
    let config = Config::load(file)?;
    logging::start(&config.log);
    block_on(async {
        let database = Database::open(DATABASE_URL, &config.database, IfMissing::Create).await?;
        database.migrate().await?;
        deployment::check_whole(database.stores().deployment.as_ref()).await?;
        database.close().await;
        print("The database schema is up to date.");
        Ok(())
    })
}
