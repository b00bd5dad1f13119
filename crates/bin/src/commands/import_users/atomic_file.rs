use std::borrow::Cow;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::commands::CommandError;

/// A file that is written completely or not at all.
pub(super) struct AtomicFile {
    path: PathBuf,
    partial: PathBuf,
    file: File,
}

impl AtomicFile {
    /// Creates the file under a temporary name in its folder, which fails early if it cannot be
    /// written.
    pub(super) fn create(path: &Path) -> Result<Self, CommandError> {
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let file = File::create(&partial).map_err(|error| failed(&partial, &error))?;
        Ok(Self { path: path.to_owned(), partial, file })
    }

    /// Writes the content and renames the file.
    pub(super) fn finish(mut self, content: &str) -> Result<(), CommandError> {
        let written = self.file.write_all(content.as_bytes()).and_then(|()| self.file.sync_all());
        written.map_err(|error| failed(&self.partial, &error))?;
        std::fs::rename(&self.partial, &self.path).map_err(|error| failed(&self.path, &error))
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        // After `finish` no file has this name.
        let _ = std::fs::remove_file(&self.partial);
    }
}

fn failed(path: &Path, error: &std::io::Error) -> CommandError {
    CommandError(format!("{}: cannot write the file: {}", path.display(), error.kind()))
}

/// Quotes a field of a CSV file where necessary (RFC 4180).
pub(super) fn csv_field(text: &str) -> Cow<'_, str> {
    if text.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\"")).into()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_completely_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("user-ids.csv");
        std::fs::write(&path, "previous content").unwrap();
        drop(AtomicFile::create(&path).ok().unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "previous content");
        let file = AtomicFile::create(&path).ok().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "previous content");
        assert!(file.finish("new").is_ok());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn fields_with_special_characters_are_quoted() {
        assert_eq!(csv_field("5f01"), "5f01");
        assert_eq!(csv_field("a,b"), "\"a,b\"");
        assert_eq!(csv_field("a\"b\nc"), "\"a\"\"b\nc\"");
    }
}
