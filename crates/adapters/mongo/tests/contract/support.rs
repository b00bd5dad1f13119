//! A database of its own for each test, on the server in `WXLOGIN_TEST_MONGODB_URL`.

use std::io::Write;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use mongodb::Client;
use mongodb::options::{ClientOptions, ReadConcern};
use wxlogin_mongo::{Database, DatabaseSettings};

const VARIABLE: &str = "WXLOGIN_TEST_MONGODB_URL";

/// A database that goes with this value.
pub(crate) struct Scratch {
    /// How wxlogin gets there.
    pub(crate) url: String,
    /// What is in it.
    pub(crate) content: mongodb::Database,
}

impl Scratch {
    /// An empty database; none where no server is given.
    pub(crate) async fn new() -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let server = server()?;
        let name =
            format!("wxlogin_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let mut options = ClientOptions::parse(&server).await.unwrap();
        options.read_concern = Some(ReadConcern::majority());
        let content = Client::with_options(options).unwrap().database(&name);
        // Another process of that number may have been killed.
        content.drop().await.unwrap();
        Some(Self { url: in_database(&server, &name), content })
    }

    /// Opens it as an instance of wxlogin does.
    pub(crate) async fn open(&self) -> Database {
        let database = self.open_as_it_is().await;
        database.migrate().await.unwrap();
        database
    }

    /// Opens it without making indexes.
    pub(crate) async fn open_as_it_is(&self) -> Database {
        let settings = DatabaseSettings {
            connections: 8,
            acquire_timeout: Duration::from_secs(30),
            statement_timeout: Duration::from_secs(30),
        };
        Database::open(&self.url, settings).await.unwrap()
    }
}

impl Scratch {
    /// The server's host and port, and what makes a URL that leads there by way of another address.
    pub(crate) fn way(&self) -> (String, impl Fn(&str) -> String) {
        let (before, rest) = self.url.split_once("://").unwrap();
        let (hosts, rest) = rest.split_once('/').unwrap();
        let (account, host) =
            hosts.rsplit_once('@').map_or(("", hosts), |(user, host)| (user, host));
        let at = if account.is_empty() { "" } else { "@" };
        let options = if rest.contains('?') { "&" } else { "?" };
        let url = move |address: &str| {
            format!("{before}://{account}{at}{address}/{rest}{options}directConnection=true")
        };
        (host.to_owned(), url)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let content = self.content.clone();
        tokio::task::block_in_place(|| {
            // A server that is gone has taken the database with it.
            drop(tokio::runtime::Handle::current().block_on(async { content.drop().await }));
        });
    }
}

/// The server's URL. The absence of one is said once, past the test harness, which keeps what a
/// test that passes has printed.
fn server() -> Option<String> {
    static SAID: Once = Once::new();
    if let Ok(url) = std::env::var(VARIABLE)
        && !url.is_empty()
    {
        return Some(url);
    }
    assert!(
        std::env::var("WXLOGIN_TEST_SERVERS").as_deref() != Ok("required"),
        "{VARIABLE} is not set, and WXLOGIN_TEST_SERVERS=required"
    );
    SAID.call_once(|| {
        let mut stderr = std::io::stderr();
        writeln!(stderr, "skipped: MongoDB ({VARIABLE} is not set)").unwrap();
    });
    None
}

/// The server's URL with this database in it.
fn in_database(server: &str, name: &str) -> String {
    let (address, options) = match server.split_once('?') {
        Some((address, options)) => (address, format!("?{options}")),
        None => (server, String::new()),
    };
    let (scheme, rest) = address.split_once("://").unwrap();
    let hosts = rest.split('/').next().unwrap();
    format!("{scheme}://{hosts}/{name}{options}")
}
