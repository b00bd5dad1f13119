use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{Failed, complain};
use crate::Running;

/// Starts and serves until SIGINT or SIGTERM, then stops in order; a second signal ends the process
/// at once. Signals are heard from before the start, so that none is lost.
pub(super) async fn until_stopped(
    starting: impl Future<Output = Result<Running, Failed>>,
) -> Result<(), Failed> {
    let mut signals = Signals::new()?;
    let mut running = tokio::select! {
        running = starting => running?,
        () = signals.next() => return Ok(()),
    };
    tokio::select! {
        () = signals.next() => {}
        why = running.failed() => return Err(Failed(why)),
    }
    tracing::info!("stopping: requests that have begun are finished, a second signal ends at once");
    tokio::spawn(async move {
        signals.next().await;
        complain("ended at once, as asked");
        std::process::exit(1);
    });
    if running.stop().await {
        tracing::info!("stopped");
        Ok(())
    } else {
        Err(Failed("stopped, but requests were cut off at the shutdown timeout".into()))
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
