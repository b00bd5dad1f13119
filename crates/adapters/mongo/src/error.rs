//! Translates driver errors. The driver's own messages are dropped, because they may contain parts of
//! documents.

use mongodb::error::{Error, ErrorKind, InsertManyError, WriteFailure};
use wxlogin_domain::account::Inconsistent;
use wxlogin_domain::ports::StoreError;

/// Why a call failed, by how to react.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Another writer was faster: start over with the current data.
    Conflict,
    /// The server cannot be used now: try later.
    Unavailable(String),
    /// Retrying does not help.
    Unexpected(String),
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Conflict => Self::Unavailable("too many concurrent writers".into()),
            Failure::Unavailable(text) => Self::Unavailable(text),
            Failure::Unexpected(text) => Self::Unexpected(text),
        }
    }
}

impl From<Inconsistent> for Failure {
    fn from(error: Inconsistent) -> Self {
        Self::Unexpected(error.to_string())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error.kind.as_ref() {
            // An insert reports a duplicate as a write error, a find-and-modify as a command error.
            ErrorKind::Command(command) => of_labelled(command.code, &error),
            ErrorKind::Write(WriteFailure::WriteError(write)) => of_labelled(write.code, &error),
            ErrorKind::Write(WriteFailure::WriteConcernError(concern)) => {
                Self::unconfirmed(concern.code)
            }
            ErrorKind::InsertMany(many) => of_many(many, &error),
            ErrorKind::ServerSelection { .. } => {
                Self::Unavailable("no primary found in time".into())
            }
            ErrorKind::Io(error) => Self::Unavailable(format!("connection lost: {}", error.kind())),
            ErrorKind::ConnectionPoolCleared { .. } => Self::Unavailable("connection lost".into()),
            ErrorKind::DnsResolve { .. } => {
                Self::Unavailable("cannot resolve the server's name".into())
            }
            ErrorKind::Shutdown => Self::Unavailable("the client is shut down".into()),
            ErrorKind::Authentication { .. } => {
                Self::Unexpected("the server rejects the user or password".into())
            }
            ErrorKind::InvalidTlsConfig { .. } => {
                Self::Unexpected("invalid TLS settings in the URL".into())
            }
            ErrorKind::Bson(_) => Self::Unexpected("a document has an unexpected type".into()),
            ErrorKind::InvalidResponse { .. } => {
                Self::Unexpected("cannot read the server's reply".into())
            }
            ErrorKind::IncompatibleServer { .. } => {
                Self::Unexpected("the server does not support a command".into())
            }
            // The driver adds kinds in minor versions and has many that cannot occur here.
            _ => Self::Unexpected("the driver rejected a call".into()),
        }
    }
}

impl Failure {
    /// The write may have happened. That is safe, because every write here can be repeated.
    pub(crate) fn unconfirmed(code: i32) -> Self {
        Self::Unavailable(format!("a majority did not acknowledge a write in time (code {code})"))
    }
}

/// Classifies the failure of several inserts: a conflict if all failed ones are duplicates.
fn of_many(many: &InsertManyError, error: &Error) -> Failure {
    if let Some(concern) = &many.write_concern_error {
        return Failure::unconfirmed(concern.code);
    }
    let mut codes = many.write_errors.iter().flatten().map(|write| write.code);
    match codes.find(|code| *code != DUPLICATE) {
        None => Failure::Conflict,
        Some(code) => match of_labelled(code, error) {
            Failure::Conflict => Failure::Unavailable(format!("the server is busy (code {code})")),
            failure => failure,
        },
    }
}

/// Classifies a server error by its code or, if that is unknown, by its labels.
fn of_labelled(code: i32, error: &Error) -> Failure {
    match of_code(code) {
        Failure::Unexpected(_) if TRANSIENT.iter().any(|label| error.contains_label(label)) => {
            Failure::Unavailable(format!("the server is busy or stopping (code {code})"))
        }
        failure => failure,
    }
}

/// Classifies a server error by its code
/// (<https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml>).
pub(crate) fn of_code(code: i32) -> Failure {
    let unavailable = |what: &str| Failure::Unavailable(format!("{what} (code {code})"));
    match code {
        // A duplicate key, or a write conflict of the storage engine.
        DUPLICATE | 11001 | 12582 | 112 => Failure::Conflict,
        // Not the primary, or no longer.
        10058 | 10107 | 13435 | 13436 | 189 => unavailable("the server is not the primary"),
        // Shutting down, starting up, interrupted.
        91 | 11600 | 11601 | 11602 => unavailable("the server is busy or stopping"),
        // Network errors between servers.
        6 | 7 | 89 | 9001 => unavailable("the servers cannot reach each other"),
        // Timeouts of an operation, a lock or a write concern, or too few servers for a write concern.
        24 | 46 | 50 | 64 | 100 | 202 | 262 => unavailable("the server did not answer in time"),
        14031 => unavailable("the server's disk is full"),
        13 | 18 => {
            Failure::Unexpected(format!("the server denies this user an operation (code {code})"))
        }
        _ => Failure::Unexpected(format!("error code {code}")),
    }
}

/// The code of a duplicate key.
const DUPLICATE: i32 = 11000;

/// The labels of transient errors.
const TRANSIENT: [&str; 3] = ["RetryableWriteError", "RetryableError", "SystemOverloadedError"];

#[cfg(test)]
mod tests {
    use mongodb::bson::{self, doc};
    use serde::de::DeserializeOwned;

    use super::*;

    fn reply<T: DeserializeOwned>(code: i32) -> T {
        let text = "E11000 duplicate key { open_id: \"oAlice\" }";
        bson::deserialize_from_document(doc! { "code": code, "errmsg": text }).unwrap()
    }

    fn command(code: i32) -> Failure {
        Error::from(ErrorKind::Command(reply(code))).into()
    }

    fn write(code: i32) -> Failure {
        Error::from(ErrorKind::Write(WriteFailure::WriteError(reply(code)))).into()
    }

    #[test]
    fn a_duplicate_is_a_conflict_in_both_forms() {
        assert_eq!(command(11000), Failure::Conflict);
        assert_eq!(write(11000), Failure::Conflict);
    }

    #[test]
    fn transient_errors_mean_unavailable() {
        for code in [91, 10107, 11600, 11602, 13435, 13436, 189, 50, 262, 14031] {
            assert!(matches!(command(code), Failure::Unavailable(_)), "{code}");
        }
        let late = ErrorKind::Write(WriteFailure::WriteConcernError(reply(64)));
        assert!(matches!(Failure::from(Error::from(late)), Failure::Unavailable(_)));
        let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        assert!(matches!(Failure::from(Error::from(broken)), Failure::Unavailable(_)));
    }

    #[test]
    fn no_text_contains_the_drivers() {
        for failure in [command(2), write(2), command(11600), write(121)] {
            assert!(!format!("{failure:?}").contains("oAlice"), "{failure:?}");
        }
    }
}
