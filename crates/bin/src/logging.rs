//! Structured logs on standard error.

use std::io::IsTerminal;
use std::panic::PanicHookInfo;

use tracing::{Level, Metadata};
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::config::{LogConfig, LogFormat};

/// Libraries through whose hands secrets go. Whatever filter is asked for, they only warn: what they
/// tell beyond that, a new version may change.
const CAPPED: [&str; 10] = [
    "h2",
    "hyper",
    "hyper_util",
    "jsonwebtoken",
    "poem",
    "poem_openapi",
    "reqwest",
    "rustls",
    "sea_orm",
    "sqlx",
];

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
    let library = line.target().split("::").next().unwrap_or_default();
    *line.level() <= Level::WARN || !CAPPED.contains(&library)
}

/// Says where, and what only if it is a fixed text: a formatted one may hold anything.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let what = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("a panic");
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(what, place, "this is a defect of wxlogin");
}
