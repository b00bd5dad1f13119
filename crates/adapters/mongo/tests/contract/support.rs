//! A database of its own for each test, on a server that a variable names.

use std::io::Write;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use mongodb::Client;
use mongodb::options::{ClientOptions, ReadConcern};
use wxlogin_mongo::{Database, DatabaseSettings};

/// A server that the tests may be given.
pub(crate) struct Server {
    name: &'static str,
    variable: &'static str,
    missed: Once,
}

/// One that keeps the whole contract.
pub(crate) static MONGODB: Server =
    Server { name: "MongoDB", variable: "WXLOGIN_TEST_MONGODB_URL", missed: Once::new() };

/// One whose updates are made of two steps.
pub(crate) static FERRETDB: Server =
    Server { name: "FerretDB", variable: "WXLOGIN_TEST_FERRETDB_URL", missed: Once::new() };

impl Server {
    /// Its URL. The absence of one is said once, past the test harness, which keeps what a test that
    /// passes has printed.
    fn url(&self) -> Option<String> {
        let Self { name, variable, missed } = self;
        if let Ok(url) = std::env::var(variable)
            && !url.is_empty()
        {
            return Some(url);
        }
        assert!(
            std::env::var("WXLOGIN_TEST_SERVERS").as_deref() != Ok("required"),
            "{variable} is not set, and WXLOGIN_TEST_SERVERS=required"
        );
        missed.call_once(|| {
            let mut stderr = std::io::stderr();
            writeln!(stderr, "skipped: {name} ({variable} is not set)").unwrap();
        });
        None
    }
}

/// A database that goes with this value.
pub(crate) struct Scratch {
    /// How wxlogin gets there.
    pub(crate) url: String,
    /// What is in it.
    pub(crate) content: mongodb::Database,
}

impl Scratch {
    /// An empty database on MongoDB; none where no server is given.
    pub(crate) async fn new() -> Option<Self> {
        Self::on(&MONGODB).await
    }

    /// An empty database; none where the server is not given.
    pub(crate) async fn on(server: &Server) -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let server = server.url()?;
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
