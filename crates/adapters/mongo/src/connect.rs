use std::time::Duration;

use mongodb::error::{Error, ErrorKind};
use mongodb::options::{
    Acknowledgment, ClientOptions, ConnectionString, ReadConcern, ReadPreference,
    SelectionCriteria, WriteConcern,
};
use mongodb::{Client, bson::doc};
use wxlogin_domain::ports::StoreError;

use crate::error::Failure;

/// Limits of the connection pool.
#[derive(Debug, Clone, Copy)]
pub struct DatabaseSettings {
    /// Maximum number of connections to each server.
    pub connections: u32,
    /// How long a call waits for a connection or a server before the store is unavailable.
    pub acquire_timeout: Duration,
    /// How long a call may take once it has a connection.
    pub statement_timeout: Duration,
}

/// Why a database cannot be opened. The texts never contain a host, user or password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The URL does not begin with `mongodb:`.
    #[error("the database URL must begin with `mongodb:`")]
    UnknownScheme,
    /// The URL asks for a DNS lookup of the hosts.
    #[error("`mongodb+srv:` is not supported: list the hosts in a `mongodb:` URL")]
    NeedsLookup,
    /// The URL is malformed.
    #[error(
        "invalid database URL: expected one like `mongodb://user:password@host/name?authSource=admin`"
    )]
    BadUrl,
    /// The URL does not name a database.
    #[error("the URL does not name a database: add its name after the host, like `…@host/name`")]
    NoDatabase,
    /// The server rejects the user or password.
    #[error("the database rejects the user or password of the URL")]
    AccessDenied,
    /// The server is too old.
    #[error("the database server is too old: MongoDB 4.4 or later is required")]
    TooOld,
    /// The server cannot be reached or read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Error> for OpenError {
    fn from(error: Error) -> Self {
        match error.kind.as_ref() {
            ErrorKind::Authentication { .. } => Self::AccessDenied,
            ErrorKind::Command(command) if matches!(command.code, 13 | 18) => Self::AccessDenied,
            // The driver has no error kind for this, only a message about wire versions.
            ErrorKind::ServerSelection { message, .. }
                if message.contains("reports wire version") =>
            {
                Self::TooOld
            }
            _ => Self::Store(Failure::from(error).into()),
        }
    }
}

/// Connects to the database behind `url` and pings it.
pub(crate) async fn connect(
    url: &str,
    settings: DatabaseSettings,
) -> Result<mongodb::Database, OpenError> {
    let (url, name) = parse(url)?;
    let mut options = ClientOptions::parse(url).await.map_err(|_| OpenError::BadUrl)?;
    set(&mut options, settings);
    let client = Client::with_options(options).map_err(|_| OpenError::BadUrl)?;
    let database = client.database(&name);
    database.run_command(doc! { "ping": 1 }).await?;
    Ok(database)
}

/// Checks the form of `url` without connecting.
pub fn check_url(url: &str) -> Result<(), OpenError> {
    parse(url).map(drop)
}

/// Returns the parsed URL and the name of its database.
fn parse(url: &str) -> Result<(ConnectionString, String), OpenError> {
    if url.starts_with("mongodb+srv:") {
        return Err(OpenError::NeedsLookup);
    }
    if !url.starts_with("mongodb:") {
        return Err(OpenError::UnknownScheme);
    }
    // The driver's error text may contain any part of the URL.
    let url = ConnectionString::parse(url).map_err(|_| OpenError::BadUrl)?;
    let name = url.default_database.clone().filter(|name| !name.is_empty());
    let name = name.ok_or(OpenError::NoDatabase)?;
    Ok((url, name))
}

/// Sets the options that do not depend on the URL.
fn set(options: &mut ClientOptions, settings: DatabaseSettings) {
    options.app_name = Some("wxlogin".into());
    options.min_pool_size = Some(1);
    options.max_pool_size = Some(settings.connections.max(1));
    options.server_selection_timeout = Some(settings.acquire_timeout);
    options.connect_timeout = Some(settings.acquire_timeout);
    // An acknowledged write is in the journals of a majority and cannot be rolled back.
    options.write_concern = Some(write_concern(settings));
    // Data that was read cannot be rolled back either. Together with reading from the primary, a read
    // sees every write that was acknowledged before it.
    options.read_concern = Some(ReadConcern::majority());
    options.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
}

/// When the server acknowledges a write.
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

    #[test]
    fn a_rejected_user_is_told_apart_from_an_unreachable_server() {
        let open_error = |code: i32| {
            let reply = doc! { "code": code, "errmsg": "" };
            let reply = mongodb::bson::deserialize_from_document(reply).unwrap();
            OpenError::from(Error::from(ErrorKind::Command(reply)))
        };
        assert_eq!(open_error(13), OpenError::AccessDenied);
        assert!(matches!(open_error(11600), OpenError::Store(StoreError::Unavailable(_))));
    }
}
