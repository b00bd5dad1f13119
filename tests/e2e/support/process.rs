use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;

/// How long anything may take before the test fails.
pub(super) const TIMEOUT: Duration = Duration::from_mins(1);

/// A running `wxlogin`, which is killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    _folder: tempfile::TempDir,
    output: watch::Receiver<String>,
    log: watch::Receiver<String>,
}

/// A `wxlogin` that has exited.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) success: bool,
    pub(crate) output: String,
    pub(crate) log: String,
}

impl Process {
    /// Starts the executable in an empty folder, with these settings and no others.
    pub(crate) fn start(arguments: &[&str], environment: &[(String, String)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wxlogin"));
        let folder = tempfile::tempdir().unwrap();
        command.args(arguments).current_dir(folder.path());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("WXLOGIN")) {
            command.env_remove(name);
        }
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.kill_on_drop(true).spawn().unwrap();
        let output = collect(child.stdout.take().unwrap());
        let log = collect(child.stderr.take().unwrap());
        Self { child, _folder: folder, output, log }
    }

    /// Runs the executable until it exits.
    pub(crate) async fn run(arguments: &[&str], environment: &[(String, String)]) -> Finished {
        Self::start(arguments, environment).finish().await
    }

    /// Waits until it exits.
    pub(crate) async fn finish(self) -> Finished {
        self.finish_within(TIMEOUT).await
    }

    /// Waits until it exits, at most for this time.
    pub(crate) async fn finish_within(mut self, timeout: Duration) -> Finished {
        let status = tokio::time::timeout(timeout, self.child.wait()).await.unwrap().unwrap();
        // The readers end when the pipes are closed, and have the whole text by then.
        while self.output.changed().await.is_ok() {}
        while self.log.changed().await.is_ok() {}
        let (output, log) = (self.output.borrow().clone(), self.log.borrow().clone());
        Finished { success: status.success(), output, log }
    }

    /// Sends SIGTERM, as a service manager does.
    pub(crate) async fn terminate(&self) {
        let pid = self.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
    }

    /// Sends SIGTERM, and waits for a successful exit.
    pub(crate) async fn stop(&mut self) {
        self.terminate().await;
        let status = tokio::time::timeout(TIMEOUT, self.child.wait()).await.unwrap().unwrap();
        assert!(status.success(), "{}", self.log());
    }

    /// Sends SIGTERM, and waits for the exit.
    pub(crate) async fn finish_after_term(self) -> Finished {
        self.terminate().await;
        self.finish().await
    }

    /// Kills it, as a power failure would.
    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// The process's id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// Everything it has logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.borrow().clone()
    }

    /// Everything it has printed so far.
    pub(crate) fn output(&self) -> String {
        self.output.borrow().clone()
    }

    /// Waits for `mark` on standard output, and returns the word after it.
    pub(crate) async fn printed_after(&self, mark: &str) -> String {
        word_after(self.output.clone(), mark).await
    }

    /// Waits for `mark` in the log, and returns the word after it.
    pub(crate) async fn logged_after(&self, mark: &str) -> String {
        word_after(self.log.clone(), mark).await
    }

    /// Waits until it listens, and returns the address.
    pub(crate) async fn logged_address(&self) -> SocketAddr {
        let word = self.logged_after(r#""message":"wxlogin answers","address":""#).await;
        word.split('"').next().unwrap().parse().unwrap()
    }
}

fn collect(pipe: impl AsyncRead + Send + Unpin + 'static) -> watch::Receiver<String> {
    let (sender, receiver) = watch::channel(String::new());
    tokio::spawn(async move {
        let mut lines = BufReader::new(pipe).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            sender.send_modify(|text| {
                text.push_str(&line);
                text.push('\n');
            });
        }
    });
    receiver
}

async fn word_after(mut text: watch::Receiver<String>, mark: &str) -> String {
    let word = |text: &String| {
        let (_, rest) = text.split_once(mark)?;
        let (word, _) = rest.split_once(char::is_whitespace)?;
        Some(word.to_owned())
    };
    let all = text.clone();
    let found = tokio::time::timeout(TIMEOUT, text.wait_for(|text| word(text).is_some())).await;
    match found {
        Ok(Ok(text)) => word(&text).unwrap(),
        _ => panic!("{mark:?} is missing: {}", all.borrow().clone()),
    }
}
