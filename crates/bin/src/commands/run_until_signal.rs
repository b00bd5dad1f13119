use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{CommandError, print_error};
use crate::Running;

/// Starts wxlogin and runs it until SIGINT or SIGTERM, then shuts it down. A second signal ends the
/// process at once. The signal handlers are installed before the start, so that no signal is lost.
pub(super) async fn run_until_signal(
    starting: impl Future<Output = Result<Running, CommandError>>,
) -> Result<(), CommandError> {
    let mut signals = Signals::new()?;
    let mut running = tokio::select! {
        running = starting => running?,
        () = signals.next() => return Ok(()),
    };
    tokio::select! {
        () = signals.next() => {}
        cause = running.failed() => return Err(CommandError(cause)),
    }
    tracing::info!("shutting down: open requests are finished; a second signal stops at once");
    tokio::spawn(async move {
        signals.next().await;
        print_error("stopped at once by a second signal");
        std::process::exit(1);
    });
    if running.stop().await {
        tracing::info!("stopped");
        Ok(())
    } else {
        Err(CommandError("stopped at the shutdown timeout; open requests were cut off".into()))
    }
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
