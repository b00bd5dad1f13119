//! Structured logs on standard error.

use std::io::IsTerminal;
use std::panic::PanicHookInfo;

use tracing::{Level, Metadata};
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::config::{LogConfig, LogFormat};

/// Libraries through whose hands secrets go, by the beginnings of their names. Whatever filter is
/// asked for, they only warn: what they tell beyond that, a new version may change.
const CAPPED: [&str; 9] =
    ["h2", "hyper", "jsonwebtoken", "mongodb", "poem", "reqwest", "rustls", "sea_orm", "tokio"];

/// Database drivers warn in the server's words, which may quote a row. What matters of their errors
/// is told by the adapters.
const SILENT: &str = "sqlx";

/// Starts logging for the rest of the process.
pub(crate) fn start(config: &LogConfig) {
    let terminal = std::io::stderr().is_terminal();
    let as_text = match config.format {
        LogFormat::Text => true,
        LogFormat::Json => false,
        LogFormat::Auto => terminal,
    };
    let wanted = EnvFilter::try_new(&config.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let filter = wanted.and(filter_fn(may_log));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(terminal);
    // A subscriber that is there already is a test's own.
    let _ = if as_text {
        tracing_subscriber::registry().with(lines.with_filter(filter)).try_init()
    } else {
        tracing_subscriber::registry().with(lines.json().with_filter(filter)).try_init()
    };
    std::panic::set_hook(Box::new(log_panic));
}

fn may_log(line: &Metadata<'_>) -> bool {
    let target = line.target();
    let is_capped = CAPPED.iter().any(|name| target.starts_with(name));
    !target.starts_with(SILENT) && (*line.level() <= Level::WARN || !is_capped)
}

/// Says where, and what only if it is a fixed text: a formatted one may hold anything.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let what = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("a panic");
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(what, place, "this is a defect of wxlogin");
}
