use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use super::ConfigError;

/// Checks that the text is a filter of `tracing-subscriber`. `name` is the setting or flag.
pub(super) fn check_log_filter(name: &str, text: &str) -> Result<(), ConfigError> {
    let rule = "expected a level (error, warn, info, debug, trace) or a filter like \"info,wxlogin_api=debug\"";
    let is_filter = EnvFilter::try_new(text).is_ok() && !names_a_module_alone(text);
    if is_filter { Ok(()) } else { Err(ConfigError::setting(name, rule)) }
}

/// Whether a part is a word that is no level. To the library it is a module from which everything is
/// logged, and nothing from elsewhere: a mistyped level would silence the log.
fn names_a_module_alone(text: &str) -> bool {
    let has_fields = text.contains('[');
    let is_level = |part: &str| part.is_empty() || part.parse::<LevelFilter>().is_ok();
    !has_fields && text.split(',').any(|part| !part.contains('=') && !is_level(part.trim()))
}
