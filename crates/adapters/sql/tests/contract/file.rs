/// A `SQLite` file of one case's own, and the folder that goes with it.
pub(crate) fn scratch_file() -> (String, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("wxlogin.db").display());
    (url, folder)
}
