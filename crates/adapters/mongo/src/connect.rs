use std::time::Duration;

use mongodb::options::{
    Acknowledgment, ClientOptions, ConnectionString, ReadConcern, ReadPreference,
    SelectionCriteria, WriteConcern,
};
use mongodb::{Client, bson::doc};
use wxlogin_domain::ports::StoreError;

use crate::error::open_error;

/// How connections are used.
#[derive(Debug, Clone, Copy)]
pub struct DatabaseSettings {
    /// Connections to each server.
    pub connections: u32,
    /// How long a call waits for a connection or a server before the store is unavailable.
    pub acquire_timeout: Duration,
    /// How long a call may take once it has a connection.
    pub statement_timeout: Duration,
}

/// A database that cannot be used. The texts never name a host, a user or a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The URL is not one of MongoDB.
    #[error("the database's URL has to begin with `mongodb:`")]
    UnknownScheme,
    /// The URL wants the hosts to be looked up.
    #[error(
        "the database's URL begins with `mongodb+srv:`, which is not supported: name the hosts in a `mongodb:` URL"
    )]
    NeedsLookup,
    /// The URL has the right scheme and no more sense.
    #[error(
        "the database's URL is not one like `mongodb://user:password@host/name?authSource=admin`"
    )]
    BadUrl,
    /// The URL names a server and no database.
    #[error(
        "the database's URL does not name a database: add one after the host, like `…@host/name`"
    )]
    NoDatabase,
    /// The server does not know user or password.
    #[error("the database refuses the user or the password of its URL")]
    AccessDenied,
    /// The server is too old.
    #[error("the database server is too old: MongoDB 4.4 or later is needed")]
    TooOld,
    /// It cannot be reached or read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The database behind `url`, which has to answer.
pub(crate) async fn connect(
    url: &str,
    settings: DatabaseSettings,
) -> Result<mongodb::Database, OpenError> {
    let (url, name) = parse(url)?;
    let mut options = ClientOptions::parse(url).await.map_err(|_| OpenError::BadUrl)?;
    set(&mut options, settings);
    let client = Client::with_options(options).map_err(|_| OpenError::BadUrl)?;
    let database = client.database(&name);
    database.run_command(doc! { "ping": 1 }).await.map_err(open_error)?;
    Ok(database)
}

/// Whether `url` could be opened, as far as that shows without opening it.
pub fn check_url(url: &str) -> Result<(), OpenError> {
    parse(url).map(drop)
}

/// The parsed URL and the database it names.
fn parse(url: &str) -> Result<(ConnectionString, String), OpenError> {
    if url.starts_with("mongodb+srv:") {
        return Err(OpenError::NeedsLookup);
    }
    if !url.starts_with("mongodb:") {
        return Err(OpenError::UnknownScheme);
    }
    // The driver's own text may quote any part of the URL.
    let url = ConnectionString::parse(url).map_err(|_| OpenError::BadUrl)?;
    let name = url.default_database.clone().filter(|name| !name.is_empty());
    let name = name.ok_or(OpenError::NoDatabase)?;
    Ok((url, name))
}

/// What holds whatever the URL says.
fn set(options: &mut ClientOptions, settings: DatabaseSettings) {
    options.app_name = Some("wxlogin".into());
    options.min_pool_size = Some(1);
    options.max_pool_size = Some(settings.connections.max(1));
    options.server_selection_timeout = Some(settings.acquire_timeout);
    options.connect_timeout = Some(settings.acquire_timeout);
    // What is answered has been written to the journals of a majority and cannot be rolled back.
    options.write_concern = Some(write_concern(settings));
    // And what is read cannot be rolled back either. With both, and from the primary, a read sees
    // every write that was answered before.
    options.read_concern = Some(ReadConcern::majority());
    options.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
}

/// When a write is answered.
pub(crate) fn write_concern(settings: DatabaseSettings) -> WriteConcern {
    WriteConcern::builder()
        .w(Acknowledgment::Majority)
        .journal(true)
        .w_timeout(settings.statement_timeout)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_scheme_host_and_database() {
        for right in [
            "mongodb://localhost/wxlogin",
            "mongodb://user:p%40ss@a:27017,b:27018/wxlogin?replicaSet=rs0&authSource=admin&tls=true",
        ] {
            assert_eq!(check_url(right), Ok(()), "{right:?}");
        }
        let wrong = [
            ("", OpenError::UnknownScheme),
            ("mysql://localhost/wxlogin", OpenError::UnknownScheme),
            ("mongodb+srv://cluster.example/wxlogin", OpenError::NeedsLookup),
            ("mongodb:wxlogin", OpenError::BadUrl),
            ("mongodb://", OpenError::BadUrl),
            ("mongodb://user:pass:word@host/wxlogin", OpenError::BadUrl),
            ("mongodb://localhost", OpenError::NoDatabase),
            ("mongodb://localhost/", OpenError::NoDatabase),
            ("mongodb://localhost/?replicaSet=rs0", OpenError::NoDatabase),
        ];
        for (url, error) in wrong {
            assert_eq!(check_url(url), Err(error), "{url:?}");
        }
    }

    #[test]
    fn no_text_repeats_the_url() {
        let url = "mongodb://alice:s3cret:x@host.example/wxlogin";
        let text = check_url(url).unwrap_err().to_string();
        for part in ["alice", "s3cret", "host.example"] {
            assert!(!text.contains(part), "{text}");
        }
    }
}
