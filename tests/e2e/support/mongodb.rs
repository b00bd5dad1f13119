use std::sync::atomic::{AtomicU32, Ordering};

use mongodb::Client;

use crate::scratch::Scratch;

/// A database of one case's own on the server in `WXLOGIN_TEST_MONGODB_URL`, dropped with it.
pub(crate) struct MongoScratch {
    pub(crate) url: String,
    pub(crate) content: mongodb::Database,
}

impl MongoScratch {
    /// An empty one, if there is a server.
    pub(crate) async fn new() -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let server = Scratch::variable("WXLOGIN_TEST_MONGODB_URL")?;
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let name = format!("wxlogin_moving_{}_{number}", std::process::id());
        let mut url = url::Url::parse(&server).unwrap();
        url.set_path(&name);
        let content = Client::with_uri_str(&server).await.unwrap().database(&name);
        // A process of the same number may have left one.
        content.drop().await.unwrap();
        Some(Self { url: url.into(), content })
    }
}

impl Drop for MongoScratch {
    fn drop(&mut self) {
        let (url, name) = (self.url.clone(), self.content.name().to_owned());
        // The case's own runtime is going; whether this succeeds does not matter to the case.
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
