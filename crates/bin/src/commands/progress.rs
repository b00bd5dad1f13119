use indicatif::{ProgressBar, ProgressStyle};
use wxlogin_domain::usecase::Progress;

/// Shows progress on standard error: a bar on a terminal, a line for each step elsewhere. Dropping
/// it clears the bar.
pub(super) struct TerminalProgress(ProgressBar);

impl TerminalProgress {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::new(0);
        let style = ProgressStyle::with_template("{msg:27} {wide_bar} {pos}/{len} {eta:>4}");
        Self(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())))
    }
}

impl Progress for TerminalProgress {
    fn begin(&self, what: &str, rows: u64) {
        if self.0.is_hidden() {
            print_step(&format!("{what}: {rows} rows"));
        }
        self.0.reset();
        self.0.set_length(rows);
        self.0.set_message(what.to_owned());
    }

    fn advance(&self, rows: u64) {
        self.0.inc(rows);
    }
}

impl Drop for TerminalProgress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

#[expect(clippy::print_stderr, reason = "standard output is for the output of the command")]
fn print_step(line: &str) {
    eprintln!("{line}");
}
