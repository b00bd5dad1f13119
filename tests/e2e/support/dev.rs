use std::path::Path;

use super::Process;

/// `wxlogin dev` on free ports.
pub(crate) struct Dev {
    pub(crate) process: Process,
    /// Where the service answers.
    pub(crate) base: String,
    /// Where the simulated WeChat does.
    pub(crate) simulator: String,
}

impl Dev {
    /// Starts it with its data in this folder.
    pub(crate) async fn start(folder: &Path) -> Self {
        Self::start_with(folder, &[]).await
    }

    /// The same, with these arguments beside.
    pub(crate) async fn start_with(folder: &Path, arguments: &[&str]) -> Self {
        let folder = folder.to_str().unwrap();
        let necessary =
            ["dev", "--listen", "127.0.0.1:0", "--sim-listen", "127.0.0.1:0", "--data-dir", folder];
        let process = Process::start(&[&necessary, arguments].concat(), &[]);
        process.printed_after("Stop with").await;
        let output = process.output();
        // It names what to open first: its own documents, then the simulator.
        let mut bases = output
            .split("http://")
            .skip(1)
            .map(|rest| format!("http://{}", rest.split(['/', '\n']).next().unwrap()));
        let (base, simulator) = (bases.next().unwrap(), bases.next().unwrap());
        Self { process, base, simulator }
    }
}
