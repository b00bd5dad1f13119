use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpListener;
use wechat_sim::{SimConfig, Simulator};
use wxlogin_system::{SystemClock, SystemRandomness};

use super::sim::dev_app;
use super::until_stopped::until_stopped;
use super::{Dev, Failed, block_on, loopback, say};
use crate::config::{DEV_API_KEY, DevSettings};
use crate::{Migrate, logging, start};

/// Who signs in with the printed command: the same person each time, so that the second try shows
/// a returning user.
const SOMEBODY: &str = "oDevPerson000000000000000001";

pub(super) fn run(dev: Dev) -> Result<(), Failed> {
    loopback("--listen", dev.listen)?;
    loopback("--sim-listen", dev.sim_listen)?;
    block_on(async {
        let simulator = bind("--sim-listen", dev.sim_listen).await?;
        // The issuer has to be known before wxlogin binds its own port.
        let listen = fixed("--listen", dev.listen).await?;
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
        let pretend = Simulator::new(SimConfig {
            apps: vec![dev_app()],
            wxlogin_url: Some(format!("http://{listen}")),
            cors_origins: settings.pages(),
        });
        tokio::spawn(pretend.serve(simulator, std::future::pending()));
        until_stopped(async {
            let (clock, randomness) = (Arc::new(SystemClock), Arc::new(SystemRandomness));
            let running = Box::pin(start(config, Migrate::Yes, clock, randomness)).await?;
            say(&welcome(running.address(), simulator_address, &settings.example));
            Ok(running)
        })
        .await
    })
}

async fn bind(flag: &str, address: SocketAddr) -> Result<TcpListener, Failed> {
    TcpListener::bind(address)
        .await
        .map_err(|error| Failed(format!("{flag}: cannot listen on {address}: {}", error.kind())))
}

/// The address with a real port where any port was asked for.
async fn fixed(flag: &str, address: SocketAddr) -> Result<SocketAddr, Failed> {
    if address.port() == 0 { Ok(bind(flag, address).await?.local_addr()?) } else { Ok(address) }
}

fn welcome(wxlogin: SocketAddr, simulator: SocketAddr, example: &Path) -> String {
    let example = if example.join("index.html").is_file() {
        format!("open http://{wxlogin}/example/")
    } else {
        "not built; in examples/uni-app: npm ci && npm run build:h5".into()
    };
    format!(
        r#"
wxlogin is running. Everything here is simulated; nothing leaves this machine.

  Swagger UI        http://{wxlogin}/docs
  Simulated WeChat  http://{simulator}/
  Example page      {example}
  API key           {DEV_API_KEY}  (for /v1/introspect and /v1/admin)

Sign in (paste it twice: the second time isNewUser is false):

  curl -s http://{wxlogin}/v1/login -H 'content-type: application/json' \
    -d "{{\"code\":\"$(curl -s http://{simulator}/sim/codes -H 'accept: text/plain' -d '{{"openid":"{SOMEBODY}"}}')\"}}"

Stop with Ctrl-C.
"#
    )
}
