//! Starts what a test needs, and talks to it.

mod answered_logins;
mod client;
mod dev;
pub(crate) mod faults;
mod load;
mod mongodb;
mod openapi;
mod process;
mod proxy;
mod server;
mod simulator;
mod tally;

use std::time::Instant;

pub(crate) use answered_logins::AnsweredLogins;
pub(crate) use client::{Answer, Client};
pub(crate) use dev::Dev;
pub(crate) use load::Load;
pub(crate) use mongodb::MongoScratch;
pub(crate) use process::{Finished, Process};
pub(crate) use proxy::Proxy;
pub(crate) use server::Server;
pub(crate) use simulator::Simulator;
pub(crate) use tally::Tally;

/// The mini-program of the tests that run `serve`.
pub(crate) const APP_ID: &str = "wx0123456789abcdef";
/// Its secret, which must not be logged.
pub(crate) const APP_SECRET: &str = "5ec7e75ec7e75ec7e75ec7e75ec7e75e";
/// The master key of these tests.
pub(crate) const MASTER_KEY: &str =
    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// `wxlogin serve` with a simulated WeChat of its own.
pub(crate) struct Harness {
    /// The service.
    pub(crate) wxlogin: Process,
    /// A client of the service.
    pub(crate) client: Client,
    /// The simulated WeChat.
    pub(crate) simulator: Simulator,
    /// The URL of the service's database.
    pub(crate) database: String,
    /// The settings of the service. Later ones override earlier ones.
    pub(crate) settings: Vec<(String, String)>,
    _simulator: Process,
    _folder: tempfile::TempDir,
}

impl Harness {
    /// Starts both, with these settings in addition to the required ones.
    pub(crate) async fn start(settings: &[(&str, &str)]) -> Self {
        Self::start_with(&[APP_ID], settings).await
    }

    /// Starts both, with this app in addition to the usual one.
    pub(crate) async fn start_with_another_app(app_id: &str) -> Self {
        Self::start_with_another_app_and(app_id, &[]).await
    }

    /// The same with further settings.
    pub(crate) async fn start_with_another_app_and(
        app_id: &str,
        settings: &[(&str, &str)],
    ) -> Self {
        let secret = format!("WXLOGIN__APPS__{}__SECRET", app_id.to_uppercase());
        let settings = [&[(secret.as_str(), APP_SECRET)], settings].concat();
        Self::start_with(&[APP_ID, app_id], &settings).await
    }

    async fn start_with(app_ids: &[&str], settings: &[(&str, &str)]) -> Self {
        let apps = app_ids.iter().map(|id| format!("--app={id}={APP_SECRET}")).collect::<Vec<_>>();
        let apps = apps.iter().map(String::as_str);
        let arguments = ["sim", "--listen", "127.0.0.1:0"].into_iter().chain(apps);
        let sim = Process::start(&arguments.collect::<Vec<_>>(), &[]);
        let simulator = Simulator::at(&sim.printed_after("answers at ").await);
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}", folder.path().join("wxlogin.db").display());
        let mut all = required_settings(&database);
        all.push(("WXLOGIN__WECHAT__UNOFFICIAL".into(), "true".into()));
        all.push(("WXLOGIN__WECHAT__BASE_URL".into(), simulator.base.clone()));
        all.push(("WXLOGIN__ORIGINAL__APP_ID".into(), APP_ID.into()));
        all.extend(settings.iter().map(|(name, value)| ((*name).into(), (*value).into())));
        let (wxlogin, client) = serve(&all).await;
        let settings = all;
        Self { wxlogin, client, simulator, database, settings, _simulator: sim, _folder: folder }
    }

    /// Kills wxlogin, whatever it is doing, and starts it again.
    pub(crate) async fn crash(&mut self) {
        self.wxlogin.kill().await;
        (self.wxlogin, self.client) = serve(&self.settings).await;
    }

    /// Starts wxlogin again on this database, after it was stopped.
    pub(crate) async fn serve_from(&mut self, database: &str) {
        self.settings.push(("WXLOGIN__DATABASE__URL".into(), database.into()));
        (self.wxlogin, self.client) = serve(&self.settings).await;
    }

    /// Kills wxlogin and starts it again, with these settings in addition.
    pub(crate) async fn restart_with(&mut self, settings: &[(&str, &str)]) {
        self.settings
            .extend(settings.iter().map(|(name, value)| ((*name).into(), (*value).into())));
        self.crash().await;
    }

    /// Starts another instance on the same database.
    pub(crate) async fn another(&self) -> (Process, Client) {
        serve(&self.settings).await
    }

    /// Starts another instance with this URL of the database.
    pub(crate) async fn another_on(&self, database: &str) -> (Process, Client) {
        let mut settings = self.settings.clone();
        settings.push(("WXLOGIN__DATABASE__URL".into(), database.into()));
        serve(&settings).await
    }

    /// Runs another command with the service's settings, while the service is running.
    pub(crate) async fn run_command(&self, arguments: &[&str]) -> Finished {
        let finished = Process::run(arguments, &self.settings).await;
        assert!(finished.success, "{finished:?}");
        finished
    }

    /// Creates an API client with these scopes, and returns its API key.
    pub(crate) async fn api_key(&self, id: &str, scopes: &[&str]) -> String {
        let scopes = scopes.iter().flat_map(|scope| ["--scope", scope]);
        let arguments = ["clients", "create", id].into_iter().chain(scopes).collect::<Vec<_>>();
        let printed = self.run_command(&arguments).await.output;
        let line = printed.lines().find_map(|line| line.strip_prefix("API key"));
        line.expect("a key is printed").trim().to_owned()
    }

    /// Signs a person in with a new code.
    pub(crate) async fn sign_in(&self, openid: &str) -> Answer {
        let code = self.simulator.code(openid).await;
        self.client.login(&code).await
    }

    /// Repeats a request while the answer is 503, as after a restart of the database.
    pub(crate) async fn retry_while_unavailable<F: Future<Output = Answer>>(
        ask: impl Fn() -> F,
    ) -> Answer {
        let asked = Instant::now();
        loop {
            let answer = ask().await;
            if answer.status != 503 {
                return answer;
            }
            assert!(asked.elapsed() < process::TIMEOUT, "{answer:?}");
        }
    }
}

/// Runs `wxlogin serve` with these settings.
pub(crate) async fn serve(settings: &[(String, String)]) -> (Process, Client) {
    let wxlogin = Process::start(&["serve"], settings);
    let address = wxlogin.logged_address().await;
    let client = Client::new(format!("http://{address}")).await;
    (wxlogin, client)
}

/// The settings that `serve` requires.
pub(crate) fn required_settings(database: &str) -> Vec<(String, String)> {
    [
        ("WXLOGIN__MASTER_KEY", MASTER_KEY),
        ("WXLOGIN__SERVER__PUBLIC_URL", "https://login.example.com"),
        ("WXLOGIN__SERVER__LISTEN", "127.0.0.1:0"),
        ("WXLOGIN__DATABASE__URL", database),
        ("WXLOGIN__APPS__WX0123456789ABCDEF__SECRET", APP_SECRET),
        ("WXLOGIN__LOG__FORMAT", "json"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

/// The URL of a database for this test, if there is a MongoDB server. MongoDB creates it with the
/// first write.
pub(crate) fn mongodb_url(test: &str) -> Option<String> {
    let server = crate::scratch::Scratch::variable("WXLOGIN_TEST_MONGODB_URL")?;
    let mut url = url::Url::parse(&server).unwrap();
    url.set_path(&format!("wxlogin_{test}_{}", std::process::id()));
    Some(url.into())
}
