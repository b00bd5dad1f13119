use chrono::{DateTime, Utc};
use wxlogin_domain::model::Timestamp;

/// Returns the time as responses show it.
pub(super) fn date_time(at: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at.as_millis()).unwrap_or_default()
}
