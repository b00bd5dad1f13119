use std::path::Path;

use super::Process;

/// `wxlogin dev` on free ports.
pub(crate) struct Dev {
    pub(crate) process: Process,
    /// The base URL of the service.
    pub(crate) base: String,
    /// The base URL of the simulated WeChat.
    pub(crate) simulator: String,
}

impl Dev {
    /// Starts it with this data folder.
    pub(crate) async fn start(folder: &Path) -> Self {
        Self::start_with(folder, &[]).await
    }

    /// Starts it with this data folder and more arguments.
    pub(crate) async fn start_with(folder: &Path, arguments: &[&str]) -> Self {
        let folder = folder.to_str().unwrap();
        let common =
            ["dev", "--listen", "127.0.0.1:0", "--sim-listen", "127.0.0.1:0", "--data-dir", folder];
        let process = Process::start(&[&common, arguments].concat(), &[]);
        process.printed_after("Stop with").await;
        let output = process.output();
        // The first two URLs are those of Swagger UI and of the simulator.
        let mut bases = output
            .split("http://")
            .skip(1)
            .map(|rest| format!("http://{}", rest.split(['/', '\n']).next().unwrap()));
        let (base, simulator) = (bases.next().unwrap(), bases.next().unwrap());
        Self { process, base, simulator }
    }
}
