use std::sync::Arc;

use clap::Subcommand;
use wxlogin_domain::model::{AppId, ClientId, Scope};
use wxlogin_domain::usecase::admin::api_clients::ApiClients;
use wxlogin_system::{SystemClock, SystemRandomness};

use super::{ConfigFile, Failed, on_the_database, say};

#[derive(Subcommand)]
pub(super) enum Clients {
    /// Make an API client and print its secret, this once
    Create {
        #[command(flatten)]
        file: ConfigFile,
        /// The client's id: letters, digits, `_` and `-`
        id: String,
        /// What it may do: introspect, openid, admin, phone, wechat-access-token; can be given several times
        #[arg(long = "scope", value_name = "SCOPE", required = true)]
        scopes: Vec<String>,
        /// An app it may ask about; can be given several times [default: every app]
        #[arg(long = "app", value_name = "APPID")]
        apps: Vec<String>,
    },
    /// Show every API client
    List(ConfigFile),
    /// Remove an API client; running instances let it in for ten more seconds at most
    Remove {
        #[command(flatten)]
        file: ConfigFile,
        /// The client's id
        id: String,
    },
}

pub(super) fn run(clients: &Clients) -> Result<(), Failed> {
    match clients {
        Clients::Create { file, id, scopes, apps } => create(file, id, scopes, apps),
        Clients::List(file) => {
            on_the_database(file.path.as_deref(), Arc::new(SystemClock), async |ground| {
                for client in ground.stores.clients.list_clients().await? {
                    let scopes = words(client.scopes.iter().map(|scope| scope.as_str()));
                    let apps = words(client.apps.iter().map(AppId::as_str));
                    let apps = if apps.is_empty() { "every app" } else { &apps };
                    say(&format!("{}  {scopes}  {apps}", client.id));
                }
                Ok(())
            })
        }
        Clients::Remove { file, id } => {
            let id = client_id(id)?;
            on_the_database(file.path.as_deref(), Arc::new(SystemClock), async |ground| {
                if !ground.stores.clients.remove_client(&id).await? {
                    return Err(Failed("there is no client of this id".into()));
                }
                say(&format!("{id} is removed."));
                Ok(())
            })
        }
    }
}

fn create(file: &ConfigFile, id: &str, scopes: &[String], apps: &[String]) -> Result<(), Failed> {
    let id = client_id(id)?;
    let scopes = scopes.iter().map(|text| Scope::parse(text)).collect::<Result<_, _>>();
    let scopes = scopes.map_err(|rule| Failed(format!("--scope: {rule}")))?;
    let apps = apps.iter().map(|text| AppId::parse(text)).collect::<Result<_, _>>();
    let apps = apps.map_err(|rule| Failed(format!("--app: {rule}")))?;
    let clock = Arc::new(SystemClock);
    on_the_database(file.path.as_deref(), clock.clone(), async |ground| {
        let store = ground.stores.clients.clone();
        let clients = ApiClients::new(store, clock, Arc::new(SystemRandomness));
        let (client, secret) = clients
            .create(id, scopes, apps)
            .await?
            .ok_or_else(|| Failed("this id is taken; remove the client first".into()))?;
        let secret = secret.expose();
        say(&format!(
            "client id      {id}\nclient secret  {secret}\nAPI key        {id}.{secret}\n\n\
             The secret is not stored and cannot be shown again.",
            id = client.id
        ));
        Ok(())
    })
}

fn client_id(text: &str) -> Result<ClientId, Failed> {
    ClientId::parse(text).map_err(|rule| Failed(rule.to_string()))
}

fn words<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(",")
}
