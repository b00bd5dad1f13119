use std::sync::atomic::{AtomicU32, Ordering};

use mongodb::Client;

use crate::scratch::Scratch;

/// A database of one test on the server in `WXLOGIN_TEST_MONGODB_URL`. It is dropped with this
/// value.
pub(crate) struct MongoScratch {
    pub(crate) url: String,
    pub(crate) database: mongodb::Database,
}

impl MongoScratch {
    /// Creates an empty database, if there is a server.
    pub(crate) async fn new() -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let server = Scratch::variable("WXLOGIN_TEST_MONGODB_URL")?;
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let name = format!("wxlogin_e2e_{}_{number}", std::process::id());
        let mut url = url::Url::parse(&server).unwrap();
        url.set_path(&name);
        let database = Client::with_uri_str(&server).await.unwrap().database(&name);
        // A process with the same id may have left one.
        database.drop().await.unwrap();
        Some(Self { url: url.into(), database })
    }
}

impl Drop for MongoScratch {
    fn drop(&mut self) {
        let (url, name) = (self.url.clone(), self.database.name().to_owned());
        // The test's runtime is shutting down. Whether this succeeds does not matter to the test.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let client = Client::with_uri_str(&url).await.unwrap();
                client.database(&name).drop().await.unwrap();
            });
        });
        let _ = dropping.join();
    }
}
