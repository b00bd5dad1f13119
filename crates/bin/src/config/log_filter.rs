use tracing_subscriber::EnvFilter;

use super::ConfigError;

/// Checks that the text is a filter of `tracing-subscriber`. `name` is the setting or flag.
pub(super) fn check_log_filter(name: &str, text: &str) -> Result<(), ConfigError> {
    let rule = "expected a level like \"info\" or a filter like \"info,wxlogin_api=debug\"";
    EnvFilter::try_new(text).map(drop).map_err(|_| ConfigError::setting(name, rule))
}
