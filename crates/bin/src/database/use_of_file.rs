//! Whether another process serves from the same SQLite file.

use std::fs::{File, OpenOptions};
use std::path::PathBuf;

/// This process's use of a SQLite file, until it is dropped.
pub(crate) struct UseOfFile {
    _lock: Option<File>,
}

impl UseOfFile {
    /// Notes in a file beside the database that it is used. Warns if another process uses it already:
    /// on one machine both work, but over a network file system SQLite loses data.
    pub(crate) fn note(url: &str) -> Self {
        let Some(file) = wxlogin_sql::database_file(url) else { return Self { _lock: None } };
        let mut name = file.clone().into_os_string();
        name.push("-lock");
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        // Without the note, everything but the warning works.
        let lock = options.open(PathBuf::from(name)).ok();
        if let Some(Err(std::fs::TryLockError::WouldBlock)) = lock.as_ref().map(File::try_lock) {
            tracing::warn!(
                file = %file.display(),
                "another process serves from this SQLite file: both must run on this machine, on a local disk"
            );
        }
        Self { _lock: lock }
    }
}
