//! Starts what a case needs and talks to it.

mod client;
mod dev;
mod document;
pub(crate) mod faults;
mod ledger;
mod load;
mod mongodb;
mod process;
mod server;
mod simulator;

use std::time::Instant;

pub(crate) use client::{Answer, Client};
pub(crate) use dev::Dev;
pub(crate) use ledger::Ledger;
pub(crate) use load::Load;
pub(crate) use mongodb::MongoScratch;
pub(crate) use process::{Finished, Process};
pub(crate) use server::Server;
pub(crate) use simulator::Simulator;

/// The mini-program of the cases that run `serve`.
pub(crate) const APP_ID: &str = "wx0123456789abcdef";
/// Its secret: what no log may show.
pub(crate) const APP_SECRET: &str = "5ec7e75ec7e75ec7e75ec7e75ec7e75e";
/// The master key of those cases.
pub(crate) const MASTER_KEY: &str =
    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// `wxlogin serve` against a simulated WeChat of its own.
pub(crate) struct House {
    /// The service.
    pub(crate) wxlogin: Process,
    /// A client of it.
    pub(crate) client: Client,
    /// WeChat.
    pub(crate) simulator: Simulator,
    /// The URL of its database.
    pub(crate) database: String,
    settings: Vec<(String, String)>,
    _simulator: Process,
    _folder: tempfile::TempDir,
}

impl House {
    /// Starts both, with these settings beside the necessary ones.
    pub(crate) async fn start(settings: &[(&str, &str)]) -> Self {
        Self::start_with(&[APP_ID], settings).await
    }

    /// Starts both with this app beside the usual one.
    pub(crate) async fn start_with_another_app(app_id: &str) -> Self {
        let secret = format!("WXLOGIN__APPS__{}__SECRET", app_id.to_uppercase());
        Self::start_with(&[APP_ID, app_id], &[(secret.as_str(), APP_SECRET)]).await
    }

    async fn start_with(app_ids: &[&str], settings: &[(&str, &str)]) -> Self {
        let apps = app_ids.iter().map(|id| format!("--app={id}={APP_SECRET}")).collect::<Vec<_>>();
        let apps = apps.iter().map(String::as_str);
        let arguments = ["sim", "--listen", "127.0.0.1:0"].into_iter().chain(apps);
        let sim = Process::start(&arguments.collect::<Vec<_>>(), &[]);
        let simulator = Simulator::at(&sim.printed_after("answers at ").await);
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}", folder.path().join("wxlogin.db").display());
        let mut all = necessary(&database);
        all.push(("WXLOGIN__WECHAT__UNOFFICIAL".into(), "true".into()));
        all.push(("WXLOGIN__WECHAT__BASE_URL".into(), simulator.base.clone()));
        all.push(("WXLOGIN__ORIGINAL__APP_ID".into(), APP_ID.into()));
        all.extend(settings.iter().map(|(name, value)| ((*name).into(), (*value).into())));
        let (wxlogin, client) = serve(&all).await;
        let settings = all;
        Self { wxlogin, client, simulator, database, settings, _simulator: sim, _folder: folder }
    }

    /// Ends wxlogin in the middle of whatever it does and starts it again.
    pub(crate) async fn crash(&mut self) {
        self.wxlogin.kill().await;
        (self.wxlogin, self.client) = serve(&self.settings).await;
    }

    /// Starts wxlogin, which has been stopped, on this database.
    pub(crate) async fn serve_from(&mut self, database: &str) {
        self.settings.push(("WXLOGIN__DATABASE__URL".into(), database.into()));
        (self.wxlogin, self.client) = serve(&self.settings).await;
    }

    /// Stops wxlogin and starts it again with these settings beside those before.
    pub(crate) async fn restart_with(&mut self, settings: &[(&str, &str)]) {
        self.settings
            .extend(settings.iter().map(|(name, value)| ((*name).into(), (*value).into())));
        self.crash().await;
    }

    /// Another instance on the same database.
    pub(crate) async fn another(&self) -> (Process, Client) {
        serve(&self.settings).await
    }

    /// Runs a command of the operator's beside the service.
    pub(crate) async fn operate(&self, arguments: &[&str]) -> Finished {
        let finished = Process::run(arguments, &self.settings).await;
        assert!(finished.success, "{finished:?}");
        finished
    }

    /// Makes an API client with these scopes and tells its API key.
    pub(crate) async fn api_key(&self, id: &str, scopes: &[&str]) -> String {
        let scopes = scopes.iter().flat_map(|scope| ["--scope", scope]);
        let arguments = ["clients", "create", id].into_iter().chain(scopes).collect::<Vec<_>>();
        let printed = self.operate(&arguments).await.output;
        let line = printed.lines().find_map(|line| line.strip_prefix("API key"));
        line.expect("a key is printed").trim().to_owned()
    }

    /// A person's code, exchanged at once.
    pub(crate) async fn sign_in(&self, openid: &str) -> Answer {
        let code = self.simulator.code(openid).await;
        self.client.login(&code).await
    }

    /// Asks again for as long as the store is still finding its feet.
    pub(crate) async fn patiently<F: Future<Output = Answer>>(ask: impl Fn() -> F) -> Answer {
        let asked = Instant::now();
        loop {
            let answer = ask().await;
            if answer.status != 503 {
                return answer;
            }
            assert!(asked.elapsed() < process::PATIENCE, "{answer:?}");
        }
    }
}

/// Starts wxlogin with these settings.
pub(crate) async fn serve(settings: &[(String, String)]) -> (Process, Client) {
    let wxlogin = Process::start(&["serve"], settings);
    let address = wxlogin.logged_address().await;
    let client = Client::of(format!("http://{address}")).await;
    (wxlogin, client)
}

/// The settings `serve` cannot do without.
pub(crate) fn necessary(database: &str) -> Vec<(String, String)> {
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

/// The URL of a database for this case on MongoDB, if there is one. It makes a database when it is
/// first written to, and needs none made beforehand.
pub(crate) fn mongodb_url(case: &str) -> Option<String> {
    let server = crate::scratch::Scratch::variable("WXLOGIN_TEST_MONGODB_URL")?;
    let mut url = url::Url::parse(&server).unwrap();
    url.set_path(&format!("wxlogin_{case}_{}", std::process::id()));
    Some(url.into())
}
