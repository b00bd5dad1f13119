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
mod run_until_signal;
mod serve;
mod sim;

use std::io::{ErrorKind, Write};
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
    /// Try wxlogin on this machine, with a simulated WeChat, SQLite and Swagger UI
    Dev(Dev),
    /// Run wxlogin in production
    Serve {
        #[command(flatten)]
        file: ConfigFile,
        /// Refuse to start if the database schema is out of date, instead of migrating it
        #[arg(long)]
        no_migrate: bool,
    },
    /// Migrate the database schema to this version
    Migrate(ConfigFile),
    /// Copy a stopped deployment into another, empty database
    Copy(copy::Arguments),
    /// Import the users of the back end that wxlogin replaces
    ImportUsers(import_users::Arguments),
    /// Check the configuration, the database and the folder for pictures, and change nothing
    CheckConfig(check_config::Arguments),
    /// List, rotate and revoke the keys that sign tokens; encrypt with a new master key
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Manage API clients: back ends that call wxlogin in their own name
    #[command(subcommand)]
    Clients(clients::Clients),
    /// Print the OpenAPI document
    Openapi,
    /// Run the simulated WeChat alone
    Sim(Sim),
}

#[derive(clap::Args)]
struct ConfigFile {
    /// Configuration file [default: wxlogin.toml, if it exists]
    #[arg(long = "config", value_name = "FILE")]
    path: Option<PathBuf>,
}

#[derive(clap::Args)]
struct Dev {
    /// Address to listen on; must be a loopback address
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Address of the simulated WeChat; must be a loopback address
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8081")]
    sim_listen: SocketAddr,
    /// Folder for the database, the pictures and the master key
    #[arg(long, value_name = "DIR", default_value = ".wxlogin-dev")]
    data_dir: PathBuf,
    /// Folder of the built example, which is served under /example/
    #[arg(long, value_name = "DIR", default_value = "examples/uni-app/dist/build/h5")]
    example: PathBuf,
    /// Log level or filter, like `info,wxlogin_api=debug`
    #[arg(long, value_name = "FILTER", default_value = "info")]
    log: String,
}

#[derive(clap::Args)]
struct Sim {
    /// Address to listen on; must be a loopback address
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8081")]
    listen: SocketAddr,
    /// Mini-program as AppID=AppSecret; can be repeated [default: that of `dev`]
    #[arg(long = "app", value_name = "APPID=SECRET")]
    apps: Vec<String>,
    /// Origin whose pages may call the simulator, like `http://localhost:5173`; can be repeated
    #[arg(long = "cors-origin", value_name = "ORIGIN")]
    cors_origins: Vec<String>,
    /// Token that signs the message pushes of all mini-programs [default: that of `dev`]
    #[arg(long, value_name = "TOKEN")]
    push_token: Option<String>,
    /// The `EncodingAESKey` that encrypts their message pushes [default: that of `dev`]
    #[arg(long, value_name = "KEY")]
    encoding_aes_key: Option<String>,
}

/// A command failed. The text is one line.
struct CommandError(String);

impl<E: std::error::Error> From<E> for CommandError {
    fn from(error: E) -> Self {
        // The outermost text alone often says too little.
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
        Command::CheckConfig(check) => check_config::run(&check),
        Command::Keys(keys) => keys::run(&keys),
        Command::Clients(clients) => clients::run(&clients),
        Command::Openapi => {
            print(wxlogin_api::openapi_yaml().trim_end());
            Ok(())
        }
        Command::Sim(sim) => sim::run(&sim),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(CommandError(line)) => {
            print_error(&line);
            ExitCode::FAILURE
        }
    }
}

/// Prints the output of a command. A reader that has seen enough, such as `head`, is no failure.
fn print(text: &str) {
    let written = writeln!(std::io::stdout(), "{text}");
    if let Err(error) = written
        && error.kind() != ErrorKind::BrokenPipe
    {
        print_error(&format!("cannot write the output: {error}"));
    }
}

#[expect(clippy::print_stderr, reason = "logging may not have started yet")]
fn print_error(line: &str) {
    eprintln!("wxlogin: {line}");
}

/// Runs a command on the deployment's database, whose schema must be up to date.
fn with_database(
    file: Option<&Path>,
    clock: Arc<dyn Clock>,
    work: impl AsyncFnOnce(&Bootstrap) -> Result<(), CommandError>,
) -> Result<(), CommandError> {
    with_configured_database(file, clock, async |ground, _| work(ground).await)
}

/// The same, for a command that needs other settings, too.
fn with_configured_database(
    file: Option<&Path>,
    clock: Arc<dyn Clock>,
    work: impl AsyncFnOnce(&Bootstrap, &Config) -> Result<(), CommandError>,
) -> Result<(), CommandError> {
    let config = Config::load(file)?;
    logging::start(&config.log);
    block_on(async {
        let randomness = Arc::new(SystemRandomness);
        let ground = Bootstrap::open(&config, Migrate::No, clock, randomness).await?;
        let done = work(&ground, &config).await;
        ground.database.close().await;
        done
    })
}

/// Runs the asynchronous part of a command.
fn block_on<T>(work: impl Future<Output = Result<T, CommandError>>) -> Result<T, CommandError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(work);
    // A blocking call, such as a slow DNS lookup, must not delay the exit.
    runtime.shutdown_background();
    done
}

fn require_loopback(flag: &str, address: SocketAddr) -> Result<(), CommandError> {
    if address.ip().is_loopback() {
        Ok(())
    } else {
        Err(CommandError(format!(
            "{flag}: expected a loopback address, because anyone who reaches the simulator can sign in as any user"
        )))
    }
}
