use std::sync::Arc;

use wxlogin_domain::model::{App, Apps, Secret};
use wxlogin_domain::ports::{WechatFault, WechatGateway};
use wxlogin_system::SystemClock;
use wxlogin_wechat::{WechatClient, WechatSettings};

use super::{CommandError, print};
use crate::config::Config;

/// Asks WeChat for an access token of each app, which has no side effect, and prints the results.
pub(super) async fn run(config: &Config) -> Result<(), CommandError> {
    let mut failed = Vec::new();
    for app in config.apps.iter() {
        if !check(&config.wechat, app).await? {
            failed.push(app.id.as_str());
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(CommandError(format!("WeChat issued no access token for {}", failed.join(", "))))
}

/// Whether WeChat accepts the app's secret, or one of its two secrets.
async fn check(settings: &WechatSettings, app: &App) -> Result<bool, CommandError> {
    let first = try_secret(settings, app, &app.secret).await?;
    let Some(second) = &app.second_secret else {
        print(&match &first {
            Ok(()) => format!("App {}: WeChat accepts the secret.", app.id),
            Err(fault) => format!("App {}: {fault}.", app.id),
        });
        return Ok(first.is_ok());
    };
    let second = try_secret(settings, app, second).await?;
    for (name, result) in [("secret", &first), ("second_secret", &second)] {
        print(&match result {
            Ok(()) => format!("App {}: WeChat accepts {name}.", app.id),
            Err(fault) => format!("App {}: {name}: {fault}.", app.id),
        });
    }
    Ok(first.is_ok() || second.is_ok())
}

async fn try_secret(
    settings: &WechatSettings,
    app: &App,
    secret: &Secret,
) -> Result<Result<(), WechatFault>, CommandError> {
    let alone = App { secret: secret.clone(), second_secret: None, ..app.clone() };
    let apps = Apps::new(vec![alone]);
    let wechat = WechatClient::new(settings.clone(), apps, Arc::new(SystemClock))?;
    Ok(wechat.access_token(&app.id, false).await.map(drop))
}
