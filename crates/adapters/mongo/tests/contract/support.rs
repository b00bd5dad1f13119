//! One database for each test, on a server whose URL is in an environment variable.

use std::io::Write;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use mongodb::Client;
use mongodb::options::{ClientOptions, ReadConcern};
use wxlogin_mongo::{Database, DatabaseSettings};

/// A server for the tests.
pub(crate) struct Server {
    name: &'static str,
    variable: &'static str,
    reported: Once,
}

/// MongoDB, or a substitute that satisfies the whole contract.
pub(crate) static MONGODB: Server =
    Server { name: "MongoDB", variable: "WXLOGIN_TEST_MONGODB_URL", reported: Once::new() };

/// FerretDB, whose updates are not atomic.
pub(crate) static FERRETDB: Server =
    Server { name: "FerretDB", variable: "WXLOGIN_TEST_FERRETDB_URL", reported: Once::new() };

impl Server {
    /// Returns its URL. A missing one is reported once on the real stderr, because the test runner hides
    /// the output of tests that pass.
    fn url(&self) -> Option<String> {
        let Self { name, variable, reported } = self;
        if let Ok(url) = std::env::var(variable)
            && !url.is_empty()
        {
            return Some(url);
        }
        assert!(
            std::env::var("WXLOGIN_TEST_SERVERS").as_deref() != Ok("required"),
            "{variable} is not set, and WXLOGIN_TEST_SERVERS=required"
        );
        reported.call_once(|| {
            let mut stderr = std::io::stderr();
            writeln!(stderr, "skipped: {name} ({variable} is not set)").unwrap();
        });
        None
    }
}

/// A database that is dropped with this value.
pub(crate) struct ScratchDatabase {
    /// Its URL for wxlogin.
    pub(crate) url: String,
    /// Direct access to its content.
    pub(crate) content: mongodb::Database,
}

impl ScratchDatabase {
    /// Creates an empty database on MongoDB; none without a server.
    pub(crate) async fn new() -> Option<Self> {
        Self::on(&MONGODB).await
    }

    /// Creates an empty database; none without the server.
    pub(crate) async fn on(server: &Server) -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let server = server.url()?;
        let name =
            format!("wxlogin_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let mut options = ClientOptions::parse(&server).await.unwrap();
        options.read_concern = Some(ReadConcern::majority());
        let content = Client::with_options(options).unwrap().database(&name);
        // A killed process with this id may have left one.
        content.drop().await.unwrap();
        Some(Self { url: in_database(&server, &name), content })
    }

    /// Opens it like an instance of wxlogin.
    pub(crate) async fn open(&self) -> Database {
        let database = self.open_without_indexes().await;
        database.migrate().await.unwrap();
        database
    }

    /// Opens it without creating indexes.
    pub(crate) async fn open_without_indexes(&self) -> Database {
        let settings = DatabaseSettings {
            connections: 8,
            acquire_timeout: Duration::from_secs(30),
            statement_timeout: Duration::from_secs(30),
        };
        Database::open(&self.url, settings).await.unwrap()
    }
}

impl ScratchDatabase {
    /// Returns the address of the server, and a function that makes a URL with another address.
    pub(crate) fn address_and_url(&self) -> (String, impl Fn(&str) -> String) {
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

impl Drop for ScratchDatabase {
    fn drop(&mut self) {
        let content = self.content.clone();
        tokio::task::block_in_place(|| {
            // Fails if the server has been stopped, and the database is gone with it.
            drop(tokio::runtime::Handle::current().block_on(async { content.drop().await }));
        });
    }
}

/// Returns the server's URL with this database.
fn in_database(server: &str, name: &str) -> String {
    let (address, options) = match server.split_once('?') {
        Some((address, options)) => (address, format!("?{options}")),
        None => (server, String::new()),
    };
    let (scheme, rest) = address.split_once("://").unwrap();
    let hosts = rest.split('/').next().unwrap();
    format!("{scheme}://{hosts}/{name}{options}")
}
