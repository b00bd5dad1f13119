//! The command line.

mod check_apps;
mod check_config;
mod clients;
mod copy;
mod dev;
mod import_users;
mod keys;
mod migrate;
mod progress;
mod serve;
mod sim;
mod until_stopped;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use wxlogin_domain::ports::Clock;
use wxlogin_system::SystemRandomness;

use crate::bootstrap::Bootstrap;
use crate::config::Config;
use crate::{Migrate, logging};

/// The sign-in service for WeChat mini-programs.
#[derive(Parser)]
#[command(name = "wxlogin", version, about)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Try everything on this machine: a simulated WeChat, SQLite in a folder, Swagger UI
    Dev(Dev),
    /// Serve real users, as configured
    Serve {
        #[command(flatten)]
        file: ConfigFile,
        /// Refuse to start when the schema is not up to date, instead of migrating it
        #[arg(long)]
        no_migrate: bool,
    },
    /// Bring the database's schema up to date
    Migrate(ConfigFile),
    /// Move a stopped deployment from one database into another, empty one
    Copy(copy::Copy),
    /// Take over the users of the back end that wxlogin replaces
    ImportUsers(import_users::Arguments),
    /// Say whether the configuration is right, and what is wrong with it
    CheckConfig {
        #[command(flatten)]
        file: ConfigFile,
        /// Ask WeChat for an access token of each app as well, and say what it says
        #[arg(long)]
        online: bool,
    },
    /// Show, rotate and revoke the keys that tokens are signed with
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Make, show and remove API clients: back ends that call wxlogin in their own name
    #[command(subcommand)]
    Clients(clients::Clients),
    /// Print the OpenAPI document
    Openapi,
    /// Run the simulated WeChat alone
    Sim(Sim),
}

#[derive(clap::Args)]
struct ConfigFile {
    /// The configuration file [default: wxlogin.toml, if it is there]
    #[arg(long = "config", value_name = "FILE")]
    path: Option<PathBuf>,
}

#[derive(clap::Args)]
struct Dev {
    /// Where wxlogin listens; loopback only
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Where the simulated WeChat listens; loopback only
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8081")]
    sim_listen: SocketAddr,
    /// Where database, pictures and the master key are kept
    #[arg(long, value_name = "DIR", default_value = ".wxlogin-dev")]
    data_dir: PathBuf,
    /// Where the built example is, which is shown under /example/
    #[arg(long, value_name = "DIR", default_value = "examples/uni-app/dist/build/h5")]
    example: PathBuf,
    /// What is logged: a level or a filter like `info,wxlogin_api=debug`
    #[arg(long, value_name = "FILTER", default_value = "info")]
    log: String,
}

#[derive(clap::Args)]
struct Sim {
    /// Where the simulated WeChat listens; loopback only
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8081")]
    listen: SocketAddr,
    /// A mini-program as AppID=AppSecret; can be given several times [default: the one of `dev`]
    #[arg(long = "app", value_name = "APPID=SECRET")]
    apps: Vec<String>,
    /// Where pages come from on this machine that may use it, like `http://localhost:5173`; can be
    /// given several times
    #[arg(long = "cors-origin", value_name = "ORIGIN")]
    cors_origins: Vec<String>,
}

/// A command ended badly; the text is one line.
struct Failed(String);

impl<E: std::error::Error> From<E> for Failed {
    fn from(error: E) -> Self {
        // The causes belong to the line: the outermost text alone often says too little.
        let mut line = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let text = cause.to_string();
            if !line.contains(&text) {
                line = format!("{line}: {text}");
            }
            source = cause.source();
        }
        Self(line.replace('\n', " "))
    }
}

/// Runs the command line of this process.
#[must_use]
pub fn run() -> ExitCode {
    let done = match CommandLine::parse().command {
        Command::Dev(dev) => dev::run(dev),
        Command::Serve { file, no_migrate } => serve::run(file.path.as_deref(), no_migrate),
        Command::Migrate(file) => migrate::run(file.path.as_deref()),
        Command::Copy(copy) => copy::run(copy),
        Command::ImportUsers(import) => import_users::run(import),
        Command::CheckConfig { file, online } => check_config::run(file.path.as_deref(), online),
        Command::Keys(keys) => keys::run(&keys),
        Command::Clients(clients) => clients::run(&clients),
        Command::Openapi => {
            say(wxlogin_api::openapi_yaml().trim_end());
            Ok(())
        }
        Command::Sim(sim) => sim::run(&sim),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failed(line)) => {
            complain(&line);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "this is what the command was asked for")]
fn say(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "logging may not have started yet")]
fn complain(line: &str) {
    eprintln!("wxlogin: {line}");
}

/// Runs a command that works on the deployment's database, which has to be up to date.
fn on_the_database(
    file: Option<&Path>,
    clock: Arc<dyn Clock>,
    work: impl AsyncFnOnce(&Bootstrap) -> Result<(), Failed>,
) -> Result<(), Failed> {
    let config = Config::load(file)?;
    logging::start(&config.log);
    block_on(async {
        let randomness = Arc::new(SystemRandomness);
        let ground = Bootstrap::open(&config, Migrate::No, clock, randomness).await?;
        let done = work(&ground).await;
        ground.database.close().await;
        done
    })
}

/// Runs a command's asynchronous part.
fn block_on<T>(work: impl Future<Output = Result<T, Failed>>) -> Result<T, Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(work);
    // A blocking call, such as a name that is not resolved, must not hold up the end.
    runtime.shutdown_background();
    done
}

fn loopback(flag: &str, address: SocketAddr) -> Result<(), Failed> {
    if address.ip().is_loopback() {
        Ok(())
    } else {
        Err(Failed(format!(
            "{flag}: only a loopback address, because whoever reaches the simulator can sign in as anyone"
        )))
    }
}
