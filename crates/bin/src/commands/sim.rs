use tokio::net::TcpListener;
use wechat_sim::{SimApp, SimConfig, Simulator};
use wxlogin_domain::model::EncodingAesKey;

use super::{CommandError, Sim, block_on, print, require_loopback};
use crate::config::{DEV_APP_ID, DEV_APP_SECRET, check_origin};

pub(super) fn run(sim: &Sim) -> Result<(), CommandError> {
    require_loopback("--listen", sim.listen)?;
    let mut apps = sim.apps.iter().map(|text| parse_app(text)).collect::<Result<Vec<_>, _>>()?;
    if apps.is_empty() {
        apps.push(dev_app());
    }
    sim.push_token.as_deref().map_or(Ok(()), check_push_token)?;
    sim.encoding_aes_key.as_deref().map_or(Ok(()), check_encoding_aes_key)?;
    for app in &mut apps {
        app.push_token.clone_from(&sim.push_token);
        app.encoding_aes_key.clone_from(&sim.encoding_aes_key);
    }
    sim.cors_origins.iter().try_for_each(|origin| check_origin("--cors-origin", origin))?;
    let config = SimConfig { apps, wxlogin_url: None, cors_origins: sim.cors_origins.clone() };
    block_on(async {
        let listener = TcpListener::bind(sim.listen).await?;
        print(&format!("A simulated WeChat answers at http://{}/", listener.local_addr()?));
        Simulator::new(config).serve(listener, stop_signal()).await?;
        Ok(())
    })
}

pub(super) fn dev_app() -> SimApp {
    SimApp { app_id: DEV_APP_ID.into(), secret: DEV_APP_SECRET.into(), ..SimApp::default() }
}

fn parse_app(text: &str) -> Result<SimApp, CommandError> {
    let (app_id, secret) = text
        .split_once('=')
        .ok_or_else(|| CommandError("--app: expected AppID=AppSecret".into()))?;
    Ok(SimApp { app_id: app_id.into(), secret: secret.into(), ..SimApp::default() })
}

/// WeChat's console accepts no other tokens.
fn check_push_token(token: &str) -> Result<(), CommandError> {
    let is_valid =
        (3..=32).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let refused = || CommandError("--push-token: expected 3 to 32 letters and digits".into());
    is_valid.then_some(()).ok_or_else(refused)
}

fn check_encoding_aes_key(key: &str) -> Result<(), CommandError> {
    let parsed = EncodingAesKey::parse(key);
    parsed.map(drop).map_err(|rule| CommandError(format!("--encoding-aes-key: {rule}")))
}

async fn stop_signal() {
    // Without a handler, the signal simply ends the process.
    let _ = tokio::signal::ctrl_c().await;
}
