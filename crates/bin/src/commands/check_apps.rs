use std::sync::Arc;

use wxlogin_domain::model::{App, Apps, Secret};
use wxlogin_domain::ports::{WechatFault, WechatGateway};
use wxlogin_system::SystemClock;
use wxlogin_wechat::{WechatClient, WechatSettings};

use super::{Failed, say};
use crate::config::Config;

/// Asks WeChat for an access token of each app, which costs nothing, and says what comes of it.
pub(super) async fn run(config: &Config) -> Result<(), Failed> {
    let mut failed = Vec::new();
    for app in config.apps.iter() {
        if !works(&config.wechat, app).await? {
            failed.push(app.id.as_str());
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(Failed(format!("WeChat names no access token of {}", failed.join(", "))))
}

/// Whether WeChat takes the app's secret, or one of its two.
async fn works(settings: &WechatSettings, app: &App) -> Result<bool, Failed> {
    let first = try_secret(settings, app, &app.secret).await?;
    let Some(second) = &app.second_secret else {
        say(&match &first {
            Ok(()) => format!("App {}: WeChat names an access token.", app.id),
            Err(fault) => format!("App {}: {fault}.", app.id),
        });
        return Ok(first.is_ok());
    };
    let second = try_secret(settings, app, second).await?;
    for (name, result) in [("secret", &first), ("second_secret", &second)] {
        say(&match result {
            Ok(()) => format!("App {}: {name} is right.", app.id),
            Err(fault) => format!("App {}: with {name}: {fault}.", app.id),
        });
    }
    Ok(first.is_ok() || second.is_ok())
}

async fn try_secret(
    settings: &WechatSettings,
    app: &App,
    secret: &Secret,
) -> Result<Result<(), WechatFault>, Failed> {
    let alone = App { secret: secret.clone(), second_secret: None, ..app.clone() };
    let apps = Apps::new(vec![alone]);
    let wechat = WechatClient::new(settings.clone(), apps, Arc::new(SystemClock))?;
    Ok(wechat.access_token(&app.id, false).await.map(drop))
}
