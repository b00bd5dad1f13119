use wxlogin_domain::model::Timestamp;

/// Returns a time as text, in UTC and whole seconds.
pub(crate) fn rfc3339(at: Timestamp) -> String {
    let time = chrono::DateTime::from_timestamp_millis(at.as_millis()).unwrap_or_default();
    time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}
