use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::config::SimConfig;
use crate::state::State;

/// An offline `WeChat` with its state in memory. Clones share that state.
#[derive(Clone)]
pub struct Simulator {
    shared: Arc<Shared>,
}

struct Shared {
    config: SimConfig,
    state: Mutex<State>,
}

impl Simulator {
    /// Creates a simulator with the configured mini-programs and no people.
    #[must_use]
    pub fn new(config: SimConfig) -> Self {
        Self { shared: Arc::new(Shared { config, state: Mutex::default() }) }
    }

    pub(crate) fn config(&self) -> &SimConfig {
        &self.shared.config
    }

    /// Locks the state. Never hold it across an await.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
