use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicU16, Ordering};

use sea_orm::{ConnectOptions, ConnectionTrait, Database};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// A database server of one test, which the test may kill.
pub(crate) struct Server {
    kind: &'static str,
    port: u16,
    version: Option<&'static str>,
    folder: tempfile::TempDir,
    running: Option<Child>,
}

impl Server {
    /// Starts one of `tests/servers`, if the tests are run with database servers: `variable`
    /// contains the URL of a server of this kind.
    pub(crate) async fn start(kind: &'static str, variable: &str) -> Option<Self> {
        Self::start_as(kind, variable, None).await
    }

    /// Starts a server that claims to have this version.
    pub(crate) async fn start_as(
        kind: &'static str,
        variable: &str,
        version: Option<&'static str>,
    ) -> Option<Self> {
        crate::scratch::Scratch::on(variable).await?;
        let port = free_port();
        let folder = tempfile::tempdir().unwrap();
        // As root, PostgreSQL runs as another user.
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o711)).unwrap();
        let mut server = Self { kind, port, version, folder, running: None };
        server.resume().await;
        execute(server.read("url"), "CREATE DATABASE wxlogin").await;
        Some(server)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("server")
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.data().join(name)).unwrap().trim().to_owned()
    }

    /// The URL of its database `wxlogin`.
    pub(crate) fn url(&self) -> String {
        let mut url = url::Url::parse(&self.read("url")).unwrap();
        url.set_path("wxlogin");
        url.into()
    }

    /// Starts it again with the same data and address.
    pub(crate) async fn resume(&mut self) {
        let script =
            format!("{}/../../tests/servers/{}/run", env!("CARGO_MANIFEST_DIR"), self.kind);
        let mut command = Command::new(script);
        command.arg(self.port.to_string()).arg(self.data());
        command.envs(self.version.map(|version| ("WXLOGIN_TEST_MARIADB_VERSION", version)));
        let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.next_line().await.unwrap().expect("the server starts");
        assert!(line.starts_with("ready "), "{line}");
        self.running = Some(child);
    }

    /// Kills the server, as a power failure would.
    pub(crate) async fn kill(&mut self) {
        let status = Command::new("kill").args(["-KILL", &self.read("pid")]).status().await;
        assert!(status.unwrap().success());
        let mut running = self.running.take().unwrap();
        running.wait().await.unwrap();
    }

    /// Runs a statement as administrator.
    pub(crate) async fn execute(&self, statement: &str) {
        execute(self.read("admin-url"), statement).await;
    }
}

impl Drop for Server {
    /// Ends the server before its folder goes: MySQL would look for its files for ever.
    fn drop(&mut self) {
        if self.running.is_some()
            && let Ok(id) = std::fs::read_to_string(self.data().join("pid"))
        {
            let _ = std::process::Command::new("kill").args(["-KILL", id.trim()]).status();
        }
    }
}

/// A free port below the ephemeral ports, any of which could be taken by an outgoing connection
/// while the server is down.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % 9000).unwrap();
    loop {
        let port = 10_000 + (first + NEXT.fetch_add(1, Ordering::SeqCst)) % 9000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

async fn execute(url: String, statement: &str) {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    let connection = Database::connect(options).await.unwrap();
    connection.execute_unprepared(statement).await.unwrap();
    connection.close().await.unwrap();
}
