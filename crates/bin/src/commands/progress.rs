use indicatif::{ProgressBar, ProgressStyle};
use wxlogin_domain::usecase::Progress;

/// A bar on standard error where that is a terminal, and a line for each piece of work elsewhere.
/// The bar goes with it.
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::new(0);
        let style = ProgressStyle::with_template("{msg:27} {wide_bar} {pos}/{len} {eta:>4}");
        Self(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())))
    }
}

impl Progress for Bar {
    fn begin(&self, what: &str, rows: u64) {
        if self.0.is_hidden() {
            note(&format!("{what}: {rows} rows"));
        }
        self.0.reset();
        self.0.set_length(rows);
        self.0.set_message(what.to_owned());
    }

    fn advance(&self, rows: u64) {
        self.0.inc(rows);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

#[expect(clippy::print_stderr, reason = "standard output is for what the command was asked for")]
fn note(line: &str) {
    eprintln!("{line}");
}
