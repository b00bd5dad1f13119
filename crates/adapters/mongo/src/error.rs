//! Says what a driver's error means, in words of our own: a driver's message may quote the document
//! it is about.

use mongodb::error::{Error, ErrorKind, InsertManyError, WriteFailure};
use wxlogin_domain::ports::StoreError;

use crate::connect::OpenError;

/// Why a call failed, by what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Another writer was faster: start over with what is there now.
    Conflict,
    /// Try later.
    Unavailable(String),
    /// Never try again.
    Unexpected(String),
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Conflict => Self::Unavailable("too many writers were in the way".into()),
            Failure::Unavailable(text) => Self::Unavailable(text),
            Failure::Unexpected(text) => Self::Unexpected(text),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error.kind.as_ref() {
            // An insert reports a duplicate as a write error, a find-and-modify as a command's.
            ErrorKind::Command(command) => of_labelled(command.code, &error),
            ErrorKind::Write(WriteFailure::WriteError(write)) => of_labelled(write.code, &error),
            ErrorKind::Write(WriteFailure::WriteConcernError(concern)) => {
                Self::unconfirmed(concern.code)
            }
            ErrorKind::InsertMany(many) => of_many(many, &error),
            ErrorKind::ServerSelection { .. } => {
                Self::Unavailable("no primary could be found in time".into())
            }
            ErrorKind::Io(error) => {
                Self::Unavailable(format!("the connection broke: {}", error.kind()))
            }
            ErrorKind::ConnectionPoolCleared { .. } => {
                Self::Unavailable("the connection broke".into())
            }
            ErrorKind::DnsResolve { .. } => {
                Self::Unavailable("the server's name cannot be resolved".into())
            }
            ErrorKind::Shutdown => Self::Unavailable("it has been closed".into()),
            ErrorKind::Authentication { .. } => {
                Self::Unexpected("it refuses the user or the password".into())
            }
            ErrorKind::InvalidTlsConfig { .. } => {
                Self::Unexpected("the TLS settings of the URL do not hold together".into())
            }
            ErrorKind::Bson(_) => Self::Unexpected("a document holds another type".into()),
            ErrorKind::InvalidResponse { .. } => {
                Self::Unexpected("the server's answer cannot be read".into())
            }
            ErrorKind::IncompatibleServer { .. } => {
                Self::Unexpected("the server does not know what it was asked for".into())
            }
            // The driver adds kinds in minor versions, and has many that nothing here can cause.
            _ => Self::Unexpected("the driver refused a call".into()),
        }
    }
}

impl Failure {
    /// The write may have happened; every one of ours can be repeated.
    pub(crate) fn unconfirmed(code: i32) -> Self {
        Self::Unavailable(format!("a majority has not confirmed a write in time (code {code})"))
    }
}

/// Of several inserts: a conflict when every one that failed was there already.
fn of_many(many: &InsertManyError, error: &Error) -> Failure {
    if let Some(concern) = &many.write_concern_error {
        return Failure::unconfirmed(concern.code);
    }
    let mut codes = many.write_errors.iter().flatten().map(|write| write.code);
    match codes.find(|code| *code != DUPLICATE) {
        None => Failure::Conflict,
        Some(code) => match of_labelled(code, error) {
            Failure::Conflict => Failure::Unavailable(format!("it is busy (code {code})")),
            failure => failure,
        },
    }
}

/// What a server's number means, or else the labels that later versions put on it.
fn of_labelled(code: i32, error: &Error) -> Failure {
    match of_code(code) {
        Failure::Unexpected(_) if TRANSIENT.iter().any(|label| error.contains_label(label)) => {
            Failure::Unavailable(format!("it is busy or stopping (code {code})"))
        }
        failure => failure,
    }
}

/// What a server's number means
/// (<https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml>).
pub(crate) fn of_code(code: i32) -> Failure {
    let unavailable = |what: &str| Failure::Unavailable(format!("{what} (code {code})"));
    match code {
        // A duplicate of a unique key, and a conflict of the storage engine.
        DUPLICATE | 11001 | 12582 | 112 => Failure::Conflict,
        // Not the primary, or no longer.
        10058 | 10107 | 13435 | 13436 | 189 => unavailable("it is not the primary"),
        // Shutting down, starting up, interrupted.
        91 | 11600 | 11601 | 11602 => unavailable("it is busy or stopping"),
        // Network errors between servers.
        6 | 7 | 89 | 9001 => unavailable("its servers do not reach each other"),
        // Time limits: of an operation, of a lock, of a write concern; and too few servers for one.
        24 | 46 | 50 | 64 | 100 | 202 | 262 => unavailable("it does not answer in time"),
        14031 => unavailable("its disk is full"),
        13 | 18 => {
            Failure::Unexpected(format!("it does not allow this user to do so (code {code})"))
        }
        _ => Failure::Unexpected(format!("error code {code}")),
    }
}

/// The number of a duplicate of a unique key.
const DUPLICATE: i32 = 11000;

/// How a server marks errors that pass.
const TRANSIENT: [&str; 3] = ["RetryableWriteError", "RetryableError", "SystemOverloadedError"];

/// What is wrong with a database that does not open.
pub(crate) fn open_error(error: Error) -> OpenError {
    match error.kind.as_ref() {
        ErrorKind::Authentication { .. } => OpenError::AccessDenied,
        ErrorKind::Command(command) if matches!(command.code, 13 | 18) => OpenError::AccessDenied,
        // The driver says it in words only, and the words are about versions.
        ErrorKind::ServerSelection { message, .. } if message.contains("reports wire version") => {
            OpenError::TooOld
        }
        _ => OpenError::Store(Failure::from(error).into()),
    }
}

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
    fn a_duplicate_is_a_conflict_in_both_its_shapes() {
        assert_eq!(command(11000), Failure::Conflict);
        assert_eq!(write(11000), Failure::Conflict);
    }

    #[test]
    fn what_passes_is_unavailable() {
        for code in [91, 10107, 11600, 11602, 13435, 13436, 189, 50, 262, 14031] {
            assert!(matches!(command(code), Failure::Unavailable(_)), "{code}");
        }
        let late = ErrorKind::Write(WriteFailure::WriteConcernError(reply(64)));
        assert!(matches!(Failure::from(Error::from(late)), Failure::Unavailable(_)));
        let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        assert!(matches!(Failure::from(Error::from(broken)), Failure::Unavailable(_)));
    }

    #[test]
    fn no_text_repeats_the_drivers() {
        for failure in [command(2), write(2), command(11600), write(121)] {
            assert!(!format!("{failure:?}").contains("oAlice"), "{failure:?}");
        }
    }

    #[test]
    fn a_refused_user_is_told_from_a_server_that_is_away() {
        let refused = Error::from(ErrorKind::Command(reply(13)));
        assert_eq!(open_error(refused), OpenError::AccessDenied);
        let away = Error::from(ErrorKind::Command(reply(11600)));
        assert!(matches!(open_error(away), OpenError::Store(StoreError::Unavailable(_))));
    }
}
