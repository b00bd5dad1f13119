use std::sync::atomic::{AtomicU32, Ordering};

use sea_orm::{ConnectOptions, ConnectionTrait, Database};

/// A database for one case, dropped at its end.
pub(crate) struct Scratch {
    pub(crate) url: String,
    server: String,
    name: String,
}

impl Scratch {
    /// The URL of the server in a variable. A missing variable is reported by name.
    #[expect(clippy::print_stderr, reason = "skipped cases must be visible")]
    pub(crate) fn variable(variable: &str) -> Option<String> {
        let server = std::env::var(variable).ok();
        if server.is_none() {
            let required = std::env::var("WXLOGIN_TEST_SERVERS").is_ok_and(|it| it == "required");
            assert!(!required, "{variable} is not set, and every server is required");
            eprintln!("skipped: {variable} is not set");
        }
        server
    }

    /// Creates one on the server that the variable names, if it names one.
    pub(crate) async fn on(variable: &str) -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let server = Self::variable(variable)?;
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let name = format!("wxlogin_{}_{number}", std::process::id());
        execute(&server, format!("CREATE DATABASE {name}")).await;
        let mut url = url::Url::parse(&server).unwrap();
        url.set_path(&name);
        Some(Self { url: url.into(), server, name })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // The case's own runtime is going; whether this succeeds does not matter to the case.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let force = if server.starts_with("postgres") { " WITH (FORCE)" } else { "" };
            runtime.unwrap().block_on(execute(&server, format!("DROP DATABASE {name}{force}")));
        });
        let _ = dropping.join();
    }
}

async fn execute(server: &str, statement: String) {
    let mut options = ConnectOptions::new(server);
    options.max_connections(1).sqlx_logging(false);
    let connection = Database::connect(options).await.unwrap();
    connection.execute_unprepared(&statement).await.unwrap();
    connection.close().await.unwrap();
}
