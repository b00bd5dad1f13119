//! Structured logs on standard error.

use std::io::IsTerminal;
use std::panic::PanicHookInfo;

use tracing::{Level, Metadata};
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::config::{LogConfig, LogFormat};

/// Libraries through which secrets pass, by the prefixes of their log targets. They log warnings at
/// most, whatever filter is set: what else they log may change with every version.
const CAPPED: [&str; 9] =
    ["h2", "hyper", "jsonwebtoken", "mongodb", "poem", "reqwest", "rustls", "sea_orm", "tokio"];

/// Database drivers log nothing: their warnings repeat the server's words, which may quote a row.
/// The adapters log what matters of an error.
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
    // This fails only where a test has installed a subscriber of its own.
    let _ = if as_text {
        tracing_subscriber::registry().with(lines.with_filter(filter)).try_init()
    } else {
        tracing_subscriber::registry().with(lines.json().with_filter(filter)).try_init()
    };
    std::panic::set_hook(Box::new(log_panic));
}

fn may_log(event: &Metadata<'_>) -> bool {
    let target = event.target();
    let is_capped = CAPPED.iter().any(|name| target.starts_with(name));
    !target.starts_with(SILENT) && (*event.level() <= Level::WARN || !is_capped)
}

/// Logs where a panic happened, and its message only if that is a fixed text: a formatted one may
/// contain a secret.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let what = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("a panic");
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(what, place, "panic: this is a bug in wxlogin");
}
