use std::borrow::Cow;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::commands::Failed;

/// A file that comes with its whole content or not at all.
pub(super) struct WholeFile {
    path: PathBuf,
    partial: PathBuf,
    file: File,
}

impl WholeFile {
    /// Makes the file under another name beside its own, which shows early that it can be made.
    pub(super) fn create(path: &Path) -> Result<Self, Failed> {
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let file = File::create(&partial).map_err(|error| failed(&partial, &error))?;
        Ok(Self { path: path.to_owned(), partial, file })
    }

    /// Writes the content and gives the file its name.
    pub(super) fn finish(mut self, content: &str) -> Result<(), Failed> {
        let written = self.file.write_all(content.as_bytes()).and_then(|()| self.file.sync_all());
        written.map_err(|error| failed(&self.partial, &error))?;
        std::fs::rename(&self.partial, &self.path).map_err(|error| failed(&self.path, &error))
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        // After `finish` there is none of this name.
        let _ = std::fs::remove_file(&self.partial);
    }
}

fn failed(path: &Path, error: &std::io::Error) -> Failed {
    Failed(format!("{} cannot be written: {}", path.display(), error.kind()))
}

/// A field of a CSV file (RFC 4180).
pub(super) fn field(text: &str) -> Cow<'_, str> {
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
    fn a_file_comes_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("user-ids.csv");
        std::fs::write(&path, "of the run before").unwrap();
        drop(WholeFile::create(&path).ok().unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "of the run before");
        let file = WholeFile::create(&path).ok().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "of the run before");
        assert!(file.finish("new").is_ok());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_would_end_a_field_is_quoted() {
        assert_eq!(field("5f01"), "5f01");
        assert_eq!(field("a,b"), "\"a,b\"");
        assert_eq!(field("a\"b\nc"), "\"a\"\"b\nc\"");
    }
}
