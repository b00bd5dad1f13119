//! Structured logs on standard error.

use std::io::IsTerminal;
use std::panic::PanicHookInfo;

use tracing_subscriber::EnvFilter;

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
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter(&config.filter))
        .with_writer(std::io::stderr)
        .with_ansi(terminal);
    // A subscriber that is there already is a test's own.
    let _ = if as_text { builder.try_init() } else { builder.json().try_init() };
    std::panic::set_hook(Box::new(log_panic));
}

fn filter(text: &str) -> EnvFilter {
    let filter = EnvFilter::try_new(text).unwrap_or_else(|_| EnvFilter::new("info"));
    CAPPED
        .iter()
        .filter_map(|target| format!("{target}=warn").parse().ok())
        .fold(filter, EnvFilter::add_directive)
}

/// Says where, and what only if it is a fixed text: a formatted one may hold anything.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let what = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("a panic");
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(what, place, "this is a defect of wxlogin");
}
