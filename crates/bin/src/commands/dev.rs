use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpListener;
use wechat_sim::{SimConfig, Simulator};
use wxlogin_system::{SystemClock, SystemRandomness};

use super::run_until_signal::run_until_signal;
use super::sim::dev_app;
use super::{CommandError, Dev, block_on, print, require_loopback};
use crate::config::{DEV_API_KEY, DevSettings};
use crate::{Migrate, logging, start};

/// The openid in the printed command. It is always the same, so that the second run shows a
/// returning user.
const OPENID: &str = "oDevPerson000000000000000001";

pub(super) fn run(dev: Dev) -> Result<(), CommandError> {
    require_loopback("--listen", dev.listen)?;
    require_loopback("--sim-listen", dev.sim_listen)?;
    block_on(async {
        let simulator = bind("--sim-listen", dev.sim_listen).await?;
        // The issuer contains the port, and must be known before wxlogin binds it.
        let listen = with_port("--listen", dev.listen).await?;
        let simulator_address = simulator.local_addr()?;
        let settings = DevSettings {
            listen,
            simulator: simulator_address,
            data_dir: dev.data_dir,
            example: dev.example,
            log_filter: dev.log,
        };
        let config = settings.config(&SystemRandomness)?;
        logging::start(&config.log);
        let wechat = Simulator::new(SimConfig {
            apps: vec![dev_app()],
            wxlogin_url: Some(format!("http://{listen}")),
            cors_origins: settings.origins(),
        });
        tokio::spawn(wechat.serve(simulator, std::future::pending()));
        run_until_signal(async {
            let (clock, randomness) = (Arc::new(SystemClock), Arc::new(SystemRandomness));
            let running = Box::pin(start(config, Migrate::Yes, clock, randomness)).await?;
            print(&welcome(running.address(), simulator_address, &settings.example));
            Ok(running)
        })
        .await
    })
}

async fn bind(flag: &str, address: SocketAddr) -> Result<TcpListener, CommandError> {
    TcpListener::bind(address).await.map_err(|error| {
        CommandError(format!("{flag}: cannot listen on {address}: {}", error.kind()))
    })
}

/// The address, with a free port in place of port 0.
async fn with_port(flag: &str, address: SocketAddr) -> Result<SocketAddr, CommandError> {
    if address.port() == 0 { Ok(bind(flag, address).await?.local_addr()?) } else { Ok(address) }
}

fn welcome(wxlogin: SocketAddr, simulator: SocketAddr, example: &Path) -> String {
    let example = if example.join("index.html").is_file() {
        format!("open http://{wxlogin}/example/")
    } else {
        "not built yet; run in examples/uni-app: npm ci && npm run build:h5".into()
    };
    format!(
        r#"
wxlogin is running. WeChat is simulated; nothing leaves this machine.

  Swagger UI        http://{wxlogin}/docs
  Simulated WeChat  http://{simulator}/
  Example page      {example}
  API key           {DEV_API_KEY}  (for /v1/introspect and /v1/admin)

Sign in (run it twice: the second time, isNewUser is false):

  curl -s http://{wxlogin}/v1/login -H 'content-type: application/json' \
    -d "{{\"code\":\"$(curl -s http://{simulator}/sim/codes -H 'accept: text/plain' -d '{{"openid":"{OPENID}"}}')\"}}"

Stop with Ctrl-C.
"#
    )
}
