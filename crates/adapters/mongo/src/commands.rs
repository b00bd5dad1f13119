//! Operations for which the driver has no method.

use mongodb::bson::{Document, doc};
use mongodb::{Collection, Cursor};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wxlogin_domain::model::{AppId, Timestamp, VisibleApps};

use crate::connect::write_concern;
use crate::convert;
use crate::database::Connections;
use crate::error::{Failure, of_code};

/// Reads everything that was found.
pub(crate) async fn all<T: DeserializeOwned>(mut found: Cursor<T>) -> Result<Vec<T>, Failure> {
    let mut documents = Vec::new();
    while found.advance().await? {
        documents.push(found.deserialize_current()?);
    }
    Ok(documents)
}

/// Inserts a document and returns `false` if it exists already.
pub(crate) async fn insert_new<T: Serialize + Send + Sync>(
    collection: &Collection<T>,
    document: &T,
) -> Result<bool, Failure> {
    match collection.insert_one(document).await.map_err(Failure::from) {
        Ok(_) => Ok(true),
        Err(Failure::Conflict) => Ok(false),
        Err(failure) => Err(failure),
    }
}

/// Matches documents with one of these apps in the field.
pub(crate) fn in_apps(field: &str, apps: &VisibleApps) -> Document {
    match apps {
        VisibleApps::All => doc! {},
        VisibleApps::Only(apps) => {
            doc! { field: { "$in": apps.iter().map(AppId::as_str).collect::<Vec<_>>() } }
        }
    }
}

impl Connections {
    /// The server's current time.
    pub(crate) async fn server_time(&self) -> Result<Timestamp, Failure> {
        // Early 4.4 servers do not know the newer name, `hello`.
        let reply = self.database.run_command(doc! { "isMaster": 1 }).await?;
        let now = reply.get_datetime("localTime").map_err(|_| unreadable())?;
        Ok(Timestamp::from_millis(now.timestamp_millis()))
    }

    /// Sends many updates of one collection in one command, each a document with `q`, `u` and
    /// optionally `upsert`. They are independent of each other and unordered.
    pub(crate) async fn update_each(
        &self,
        collection: &str,
        updates: Vec<Document>,
    ) -> Result<(), Failure> {
        if updates.is_empty() {
            return Ok(());
        }
        let command = doc! {
            "update": collection,
            "updates": updates,
            "ordered": false,
            "writeConcern": convert::value(&write_concern(self.settings))?,
        };
        let reply = self.database.run_command(command).await?;
        if let Ok(error) = reply.get_document("writeConcernError") {
            return Err(Failure::unconfirmed(error.get_i32("code").unwrap_or_default()));
        }
        let failed = reply.get_array("writeErrors").ok().and_then(|errors| errors.first());
        let Some(failed) = failed else { return Ok(()) };
        let code = failed.as_document().and_then(|error| error.get_i32("code").ok());
        Err(of_code(code.ok_or_else(unreadable)?))
    }
}

fn unreadable() -> Failure {
    Failure::Unexpected("cannot read the server's reply".into())
}
