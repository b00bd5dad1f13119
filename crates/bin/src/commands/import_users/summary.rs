//! What the command says and writes.

use std::collections::BTreeMap;
use std::fmt::Write;

use wxlogin_domain::model::LegacyId;
use wxlogin_domain::usecase::operations::import_users::ImportReport;

use super::whole_file::field;

/// How many rows that were not taken are named without a report file.
const NAMED: usize = 10;

/// Which old id has become which user.
pub(super) fn map(report: &ImportReport) -> String {
    let mut text = "legacy_id,user_id\n".to_owned();
    for (legacy_id, user_id) in &report.user_ids {
        let _ = writeln!(text, "{},{user_id}", legacy_id.as_str());
    }
    text
}

/// Which rows were not taken, and why.
pub(super) fn rows_not_taken(report: &ImportReport) -> String {
    let mut text = "legacy_id,reason\n".to_owned();
    for row in &report.not_taken {
        let _ = writeln!(text, "{},{}", field(&row.id), field(&row.why.to_string()));
    }
    text
}

/// The whole of it, for whoever waits.
pub(super) fn summary(report: &ImportReport) -> String {
    let mut text = String::new();
    for (rows, what) in [
        (report.made, "are users now"),
        (report.joined, "had signed in here before and have got their old id"),
        (report.known, "had been taken over before"),
        (report.second.len() as u64, "are second accounts of somebody above, and the same user"),
        (report.not_taken.len() as u64, "were not taken"),
    ] {
        let _ = writeln!(text, "{rows:>10}  {what}");
    }
    if !report.second.is_empty() {
        let ids = report.second.iter().map(LegacyId::as_str).take(NAMED).collect::<Vec<_>>();
        let _ =
            writeln!(text, "\nSecond accounts: {}{}", ids.join(", "), more(report.second.len()));
    }
    if !report.not_taken.is_empty() {
        text.push_str(&not_taken(report));
    }
    text
}

fn not_taken(report: &ImportReport) -> String {
    let mut text = "\nNot taken, by reason:\n".to_owned();
    let mut reasons = BTreeMap::<String, u64>::new();
    for row in &report.not_taken {
        *reasons.entry(row.why.to_string()).or_default() += 1;
    }
    for (reason, rows) in reasons {
        let _ = writeln!(text, "{rows:>10}  {reason}");
    }
    let ids = report.not_taken.iter().map(|row| row.id.escape_debug().to_string());
    let ids = ids.take(NAMED).collect::<Vec<_>>().join(", ");
    let _ = writeln!(text, "Their ids: {ids}{}", more(report.not_taken.len()));
    for status in report.unknown_statuses().into_keys() {
        let _ = writeln!(
            text,
            "Say what status {status} means with --status {status}=active or --status {status}=disabled, then import again."
        );
    }
    text
}

/// What stands behind a list that was cut.
fn more(all: usize) -> String {
    match all.saturating_sub(NAMED) {
        0 => String::new(),
        left => format!(" and {left} more"),
    }
}
