use std::path::Path;
use std::sync::Arc;

use wxlogin_system::{SystemClock, SystemRandomness};

use super::run_until_signal::run_until_signal;
use super::{CommandError, block_on};
use crate::config::Config;
use crate::{Migrate, logging, start};

pub(super) fn run(file: Option<&Path>, no_migrate: bool) -> Result<(), CommandError> {
    let config = Config::load(file)?;
    logging::start(&config.log);
    let migrate = if no_migrate { Migrate::No } else { Migrate::Yes };
    block_on(run_until_signal(async {
        let (clock, randomness) = (Arc::new(SystemClock), Arc::new(SystemRandomness));
        Ok(Box::pin(start(config, migrate, clock, randomness)).await?)
    }))
}
