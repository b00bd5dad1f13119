/// A SQLite file for one case, and its temporary folder.
pub(crate) fn scratch_file() -> (String, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("wxlogin.db").display());
    (url, folder)
}
