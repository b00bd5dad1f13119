//! The command's output and files.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;

use wxlogin_domain::model::LegacyId;
use wxlogin_domain::usecase::operations::import_users::{ImportReport, Unmapped};

use super::atomic_file::csv_field;

/// How many ids the output lists, except for those that need attention.
const LISTED: usize = 10;

/// The user ids by old ids, as CSV.
pub(super) fn user_ids_csv(report: &ImportReport) -> String {
    let mut text = "legacy_id,user_id\n".to_owned();
    for (legacy_id, user_id) in &report.user_ids {
        let _ = writeln!(text, "{},{user_id}", legacy_id.as_str());
    }
    text
}

/// The rows that were not imported, or not completely, with the reasons, as CSV.
pub(super) fn report_csv(report: &ImportReport) -> String {
    let mut text = "legacy_id,result,reason\n".to_owned();
    let mut line = |id: &str, result, reason: &str| {
        let _ = writeln!(text, "{},{result},{}", csv_field(id), csv_field(reason));
    };
    for row in &report.not_taken {
        let result = if row.is_disabled { "disabled but not imported" } else { "not imported" };
        line(&row.id, result, &row.why.to_string());
    }
    for id in &report.still_active {
        line(id.as_str(), "disabled but active here", "status: the user existed here already");
    }
    for id in &report.second {
        line(id.as_str(), "second account", "openId: the same as in another row");
    }
    for row in &report.incomplete {
        for loss in &row.losses {
            line(row.id.as_str(), "imported in part", &loss.to_string());
        }
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
        (report.incomplete.len() as u64, "of the imported rows lost something"),
    ] {
        let _ = writeln!(text, "{rows:>10}  {what}");
    }
    if !report.second.is_empty() {
        let ids = report.second.iter().map(LegacyId::as_str).take(LISTED).collect::<Vec<_>>();
        let _ =
            writeln!(text, "\nSecond accounts: {}{}", ids.join(", "), more(report.second.len()));
    }
    if !report.incomplete.is_empty() {
        text.push_str("\nLost, by reason:\n");
        let losses = report.incomplete.iter().flat_map(|row| &row.losses);
        text.push_str(&counted(losses));
    }
    if !report.not_taken.is_empty() {
        text.push_str(&skipped(report));
    }
    text.push_str(&bans(report));
    text
}

fn skipped(report: &ImportReport) -> String {
    let mut text = "\nNot imported, by reason:\n".to_owned();
    text.push_str(&counted(report.not_taken.iter().map(|row| row.why)));
    let ids = report.not_taken.iter().map(|row| row.id.escape_debug().to_string());
    let ids = ids.take(LISTED).collect::<Vec<_>>().join(", ");
    let _ = writeln!(text, "Their ids: {ids}{}", more(report.not_taken.len()));
    text.push_str("Warning: these people can sign in as new users, without their old id, status and type. Correct their rows or options and import again.\n");
    text.push_str(&unmapped_values(&report.unmapped));
    text
}

/// Names everybody who is disabled in the old system and not here.
fn bans(report: &ImportReport) -> String {
    let mut text = String::new();
    let lost = report.not_taken.iter().filter(|row| row.is_disabled);
    let lost = lost.map(|row| row.id.escape_debug().to_string()).collect::<Vec<_>>();
    if !lost.is_empty() {
        let _ = writeln!(
            text,
            "\nWarning: these users are disabled in the old system but were not imported, so they can sign in as new, active users: {}",
            lost.join(", ")
        );
    }
    let active = report.still_active.iter().map(LegacyId::as_str).collect::<Vec<_>>();
    if !active.is_empty() {
        let _ = writeln!(
            text,
            "\nWarning: these users are disabled in the old system but active here, because they existed here already: {}",
            active.join(", ")
        );
    }
    text
}

/// The values that have no meaning, with the options that give them one.
pub(super) fn unmapped_values(unmapped: &Unmapped) -> String {
    let mut text = String::new();
    let mut line = |field, value: &str, rows: &u64, option, meanings: &[&str]| {
        let shown = value.chars().take(LONGEST_NAMED).collect::<String>();
        let advice = if is_nameable(value) {
            let options = meanings
                .iter()
                .map(|meaning| format!("{option} {}", shell_word(&format!("{value}={meaning}"))));
            format!("add {}", options.collect::<Vec<_>>().join(" or "))
        } else {
            "no option can name it, so correct the rows".to_owned()
        };
        let _ = writeln!(text, "{rows:>10}  {field} {shown:?} has no meaning: {advice}");
    };
    for (value, rows) in &unmapped.statuses {
        line("status", value, rows, "--status", &["active", "disabled"]);
    }
    for (value, rows) in &unmapped.user_types {
        line("userType", value, rows, "--user-type", &["2"]);
    }
    text
}

/// The number of characters of the longest value that the output repeats completely.
const LONGEST_NAMED: usize = 64;

/// Whether people can type the value.
fn is_nameable(value: &str) -> bool {
    let is_printable = |c: char| c.escape_debug().len() == 1 || matches!(c, '"' | '\'' | '\\');
    value.chars().count() <= LONGEST_NAMED && value.chars().all(is_printable)
}

/// Quotes an argument for a shell where necessary.
fn shell_word(word: &str) -> Cow<'_, str> {
    if word.chars().all(|c| c.is_alphanumeric() || "=-_.,:/@+".contains(c)) {
        word.into()
    } else {
        format!("'{}'", word.replace('\'', "'\\''")).into()
    }
}

/// A line for each reason with the number of rows.
fn counted<R: ToString>(reasons: impl Iterator<Item = R>) -> String {
    let mut rows_by_reason = BTreeMap::<String, u64>::new();
    for reason in reasons {
        *rows_by_reason.entry(reason.to_string()).or_default() += 1;
    }
    let mut text = String::new();
    for (reason, rows) in rows_by_reason {
        let _ = writeln!(text, "{rows:>10}  {reason}");
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_without_a_meaning_are_listed_with_options_that_a_shell_takes() {
        let long = "x".repeat(65);
        let statuses = ["frozen", "-1", "", "it's", "a\u{1b}[2J", &long];
        let statuses = statuses.map(|value| (value.to_owned(), 3)).into();
        let user_types = [("vip".to_owned(), 1)].into();
        let text = unmapped_values(&Unmapped { statuses, user_types });
        for said in [
            "3  status \"frozen\" has no meaning: add --status frozen=active or --status frozen=disabled",
            "status \"-1\" has no meaning: add --status -1=active or",
            "status \"\" has no meaning: add --status =active or",
            "add --status 'it'\\''s=active' or --status 'it'\\''s=disabled'",
            "status \"a\\u{1b}[2J\" has no meaning: no option can name it",
            "1  userType \"vip\" has no meaning: add --user-type vip=2\n",
        ] {
            assert!(text.contains(said), "{said}: {text}");
        }
        assert!(!text.contains(&long), "{text}");
    }
}
