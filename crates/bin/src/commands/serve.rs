use std::path::Path;
use std::sync::Arc;

use wxlogin_system::{SystemClock, SystemRandomness};

use super::until_stopped::until_stopped;
use super::{Failed, block_on};
use crate::config::Config;
use crate::{Migrate, logging, start};

pub(super) fn run(file: Option<&Path>, no_migrate: bool) -> Result<(), Failed> {
    let config = Config::load(file)?;
    logging::start(&config.log);
    let migrate = if no_migrate { Migrate::No } else { Migrate::Yes };
    block_on(until_stopped(async {
        let (clock, randomness) = (Arc::new(SystemClock), Arc::new(SystemRandomness));
        Ok(Box::pin(start(config, migrate, clock, randomness)).await?)
    }))
}
