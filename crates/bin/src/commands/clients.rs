use std::num::NonZeroU32;
use std::sync::Arc;

use clap::Subcommand;
use wxlogin_domain::model::{AppId, ClientId, Scope};
use wxlogin_domain::ports::Clock;
use wxlogin_domain::usecase::admin::api_clients::ApiClients;
use wxlogin_limits::AddressLimiter;
use wxlogin_system::{SystemClock, SystemRandomness};

use super::{CommandError, ConfigFile, print, with_database};

#[derive(Subcommand)]
pub(super) enum Clients {
    /// Create an API client and print its secret, which is shown only once
    Create {
        #[command(flatten)]
        file: ConfigFile,
        /// Id of the client: letters, digits, `_` and `-`
        id: String,
        /// Scope of the client: introspect, openid, admin, phone, wechat-access-token; can be
        /// repeated
        #[arg(long = "scope", value_name = "SCOPE", required = true)]
        scopes: Vec<String>,
        /// AppID of an app that the client may ask about; can be repeated [default: every app]
        #[arg(long = "app", value_name = "APPID")]
        apps: Vec<String>,
    },
    /// List all API clients
    List(ConfigFile),
    /// Remove an API client; running instances accept it for up to ten more seconds
    Remove {
        #[command(flatten)]
        file: ConfigFile,
        /// Id of the client
        id: String,
    },
}

pub(super) fn run(clients: &Clients) -> Result<(), CommandError> {
    match clients {
        Clients::Create { file, id, scopes, apps } => create(file, id, scopes, apps),
        Clients::List(file) => {
            with_database(file.path.as_deref(), Arc::new(SystemClock), async |ground| {
                for client in ground.stores.clients.list_clients().await? {
                    let scopes = join(client.scopes.iter().map(|scope| scope.as_str()));
                    let apps = join(client.apps.iter().map(AppId::as_str));
                    let apps = if apps.is_empty() { "every app" } else { &apps };
                    print(&format!("{}  {scopes}  {apps}", client.id));
                }
                Ok(())
            })
        }
        Clients::Remove { file, id } => {
            let id = client_id(id)?;
            with_database(file.path.as_deref(), Arc::new(SystemClock), async |ground| {
                if !ground.stores.clients.remove_client(&id).await? {
                    return Err(CommandError("no API client with this id".into()));
                }
                print(&format!("Removed API client {id}."));
                Ok(())
            })
        }
    }
}

fn create(
    file: &ConfigFile,
    id: &str,
    scopes: &[String],
    apps: &[String],
) -> Result<(), CommandError> {
    let id = client_id(id)?;
    let scopes = scopes.iter().map(|text| Scope::parse(text)).collect::<Result<_, _>>();
    let scopes = scopes.map_err(|rule| CommandError(format!("--scope: {rule}")))?;
    let apps = apps.iter().map(|text| AppId::parse(text)).collect::<Result<_, _>>();
    let apps = apps.map_err(|rule| CommandError(format!("--app: {rule}")))?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    with_database(file.path.as_deref(), clock.clone(), async |ground| {
        let store = ground.stores.clients.clone();
        // This process authenticates nobody.
        let no_look_ups = AddressLimiter::per_minute(NonZeroU32::MIN, NonZeroU32::MIN, &clock);
        let randomness = Arc::new(SystemRandomness);
        let clients = ApiClients::new(store, clock, randomness, Arc::new(no_look_ups));
        let (client, secret) = clients.create(id, scopes, apps).await?.ok_or_else(|| {
            CommandError("an API client with this id already exists; remove it first".into())
        })?;
        let secret = secret.expose();
        print(&format!(
            "client id      {id}\nclient secret  {secret}\nAPI key        {id}.{secret}\n\n\
             The secret is not stored and cannot be shown again.",
            id = client.id
        ));
        Ok(())
    })
}

fn client_id(text: &str) -> Result<ClientId, CommandError> {
    ClientId::parse(text).map_err(|rule| CommandError(rule.to_string()))
}

fn join<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(",")
}
