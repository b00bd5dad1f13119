//! The command's output and files.

use std::collections::BTreeMap;
use std::fmt::Write;

use wxlogin_domain::model::LegacyId;
use wxlogin_domain::usecase::operations::import_users::ImportReport;

use super::atomic_file::csv_field;

/// How many ids the output lists.
const LISTED: usize = 10;

/// The user ids by old ids, as CSV.
pub(super) fn user_ids_csv(report: &ImportReport) -> String {
    let mut text = "legacy_id,user_id\n".to_owned();
    for (legacy_id, user_id) in &report.user_ids {
        let _ = writeln!(text, "{},{user_id}", legacy_id.as_str());
    }
    text
}

/// The rows that were not imported, with the reasons, as CSV.
pub(super) fn skipped_rows_csv(report: &ImportReport) -> String {
    let mut text = "legacy_id,reason\n".to_owned();
    for row in &report.not_taken {
        let _ = writeln!(text, "{},{}", csv_field(&row.id), csv_field(&row.why.to_string()));
    }
    text
}

/// The summary that is printed.
pub(super) fn summary(report: &ImportReport) -> String {
    let mut text = String::new();
    for (rows, what) in [
        (report.made, "imported as new users"),
        (report.joined, "had signed in here before; their old ids were added"),
        (report.known, "had been imported before"),
        (report.second.len() as u64, "second accounts of users above; mapped to the same user"),
        (report.not_taken.len() as u64, "not imported"),
    ] {
        let _ = writeln!(text, "{rows:>10}  {what}");
    }
    if !report.second.is_empty() {
        let ids = report.second.iter().map(LegacyId::as_str).take(LISTED).collect::<Vec<_>>();
        let _ =
            writeln!(text, "\nSecond accounts: {}{}", ids.join(", "), more(report.second.len()));
    }
    if !report.not_taken.is_empty() {
        text.push_str(&skipped(report));
    }
    text
}

fn skipped(report: &ImportReport) -> String {
    let mut text = "\nNot imported, by reason:\n".to_owned();
    let mut reasons = BTreeMap::<String, u64>::new();
    for row in &report.not_taken {
        *reasons.entry(row.why.to_string()).or_default() += 1;
    }
    for (reason, rows) in reasons {
        let _ = writeln!(text, "{rows:>10}  {reason}");
    }
    let ids = report.not_taken.iter().map(|row| row.id.escape_debug().to_string());
    let ids = ids.take(LISTED).collect::<Vec<_>>().join(", ");
    let _ = writeln!(text, "Their ids: {ids}{}", more(report.not_taken.len()));
    for status in report.unknown_statuses().into_keys() {
        let _ = writeln!(
            text,
            "Set the meaning of status {status} with --status {status}=active or --status {status}=disabled, then import again."
        );
    }
    text
}

/// The end of a list of which only the first ids are shown.
fn more(all: usize) -> String {
    match all.saturating_sub(LISTED) {
        0 => String::new(),
        left => format!(" and {left} more"),
    }
}
