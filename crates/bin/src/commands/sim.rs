use tokio::net::TcpListener;
use wechat_sim::{SimApp, SimConfig, Simulator};

use super::{Failed, Sim, block_on, loopback, say};
use crate::config::{DEV_APP_ID, DEV_APP_SECRET, check_origin};

pub(super) fn run(sim: &Sim) -> Result<(), Failed> {
    loopback("--listen", sim.listen)?;
    let mut apps = sim.apps.iter().map(|text| app(text)).collect::<Result<Vec<_>, _>>()?;
    if apps.is_empty() {
        apps.push(dev_app());
    }
    sim.cors_origins.iter().try_for_each(|origin| check_origin("--cors-origin", origin))?;
    let config = SimConfig { apps, wxlogin_url: None, cors_origins: sim.cors_origins.clone() };
    block_on(async {
        let listener = TcpListener::bind(sim.listen).await?;
        say(&format!("A simulated WeChat answers at http://{}/", listener.local_addr()?));
        Simulator::new(config).serve(listener, stop_signal()).await?;
        Ok(())
    })
}

pub(super) fn dev_app() -> SimApp {
    SimApp { app_id: DEV_APP_ID.into(), secret: DEV_APP_SECRET.into(), ..SimApp::default() }
}

fn app(text: &str) -> Result<SimApp, Failed> {
    let (app_id, secret) =
        text.split_once('=').ok_or_else(|| Failed("--app: expected AppID=AppSecret".into()))?;
    Ok(SimApp { app_id: app_id.into(), secret: secret.into(), ..SimApp::default() })
}

async fn stop_signal() {
    // Without a handler the signal ends the process, which is as good here.
    let _ = tokio::signal::ctrl_c().await;
}
