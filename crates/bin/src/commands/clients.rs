use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use clap::Subcommand;
use wxlogin_domain::model::{
    Actor, ApiClient, AppId, ClientId, Malformed, Operator, Scope, Secret, SecretOverlap,
    Timestamp, parse_network,
};
use wxlogin_domain::ports::Clock;
use wxlogin_domain::usecase::admin::api_clients::{ApiClients, ClientChange, Expiry};
use wxlogin_limits::AddressLimiter;
use wxlogin_system::{SystemClock, SystemRandomness};

use super::{CommandError, ConfigFile, print, with_database};
use crate::bootstrap::Bootstrap;
use crate::rfc3339::rfc3339;

/// Running instances follow each change within two seconds.
#[derive(Subcommand)]
pub(super) enum Clients {
    /// Create an API client and print its secret, which is shown only once
    Create {
        #[command(flatten)]
        target: Target,
        /// Scope of the client: introspect, openid, admin, phone, wechat-access-token; can be
        /// repeated
        #[arg(long = "scope", value_name = "SCOPE", required = true)]
        scopes: Vec<String>,
        /// AppID of an app that the client may ask about; can be repeated [default: every app]
        #[arg(long = "app", value_name = "APPID")]
        apps: Vec<String>,
        #[command(flatten)]
        limits: Limits,
    },
    /// List all API clients
    List(ConfigFile),
    /// Give an API client a new secret and print it; it is shown only once
    Rotate {
        #[command(flatten)]
        target: Target,
        /// How long the old secret stays valid, at most 30d; `0s` ends it at once. An older secret
        /// than that always ends
        #[arg(long, value_name = "DURATION", default_value = "24h")]
        old_valid_for: String,
        #[command(flatten)]
        limits: Limits,
    },
    /// Change when an API client expires or which addresses it may call from
    Change {
        #[command(flatten)]
        target: Target,
        #[command(flatten)]
        limits: Limits,
    },
    /// Remove an API client
    Remove(Target),
}

#[derive(clap::Args)]
pub(super) struct Target {
    #[command(flatten)]
    file: ConfigFile,
    /// Id of the client: letters, digits, `_` and `-`
    id: String,
    /// Who runs the command, for the audit log
    #[arg(long, value_name = "NAME", env = "USER", hide_env_values = true)]
    operator: Option<String>,
}

#[derive(clap::Args)]
pub(super) struct Limits {
    /// When the client expires, like 2027-06-30T00:00:00Z, or `never` [default: unchanged; never
    /// for a new client]
    #[arg(long, value_name = "TIME", conflicts_with = "expires_in")]
    expires_at: Option<String>,
    /// After which time the client expires, like 90d
    #[arg(long, value_name = "DURATION")]
    expires_in: Option<String>,
    /// IP address or network that the client may call from, like 10.0.0.0/8, or `any`; can be
    /// repeated, and replaces the earlier list [default: unchanged; any for a new client]
    #[arg(long = "address", value_name = "ADDRESS")]
    addresses: Vec<String>,
}

pub(super) fn run(clients: &Clients) -> Result<(), CommandError> {
    match clients {
        Clients::Create { target, scopes, apps, limits } => create(target, scopes, apps, limits),
        Clients::List(file) => list(file),
        Clients::Rotate { target, old_valid_for, limits } => rotate(target, old_valid_for, limits),
        Clients::Change { target, limits } => change(target, limits),
        Clients::Remove(target) => remove(target),
    }
}

fn create(
    target: &Target,
    scopes: &[String],
    apps: &[String],
    limits: &Limits,
) -> Result<(), CommandError> {
    let scopes = scopes.iter().map(|text| Scope::parse(text)).collect::<Result<_, _>>();
    let scopes = scopes.map_err(|rule| wrong("--scope", rule))?;
    let apps = apps.iter().map(|text| AppId::parse(text)).collect::<Result<_, _>>();
    let apps = apps.map_err(|rule| wrong("--app", rule))?;
    let limits = limits.parsed(SystemClock.now())?;
    target.run(async |clients, id, actor| {
        let created = clients.create(id, scopes, apps, &limits, actor).await?;
        let (client, secret) = created.ok_or_else(|| {
            CommandError("an API client with this id already exists; remove it first".into())
        })?;
        print_secret(&client, &secret);
        Ok(())
    })
}

fn list(file: &ConfigFile) -> Result<(), CommandError> {
    with_database(file.path.as_deref(), Arc::new(SystemClock), async |bootstrap| {
        let now = SystemClock.now();
        for client in bootstrap.stores.clients.list_clients().await? {
            print(&line(&client, now));
        }
        Ok(())
    })
}

fn rotate(target: &Target, old_valid_for: &str, limits: &Limits) -> Result<(), CommandError> {
    let overlap = duration("--old-valid-for", old_valid_for)?;
    let overlap = SecretOverlap::of(overlap).map_err(|rule| wrong("--old-valid-for", rule))?;
    let limits = limits.parsed(SystemClock.now())?;
    target.run(async |clients, id, actor| {
        let rotated = clients.rotate(&id, overlap, &limits, actor).await?;
        let (client, secret) = rotated.ok_or_else(no_such_client)?;
        print_secret(&client, &secret);
        print(&match client.previous_secret {
            Some(previous) => {
                format!("The old secret is valid until {}.", rfc3339(previous.until))
            }
            None => "The old secret is not valid any more.".into(),
        });
        Ok(())
    })
}

fn change(target: &Target, limits: &Limits) -> Result<(), CommandError> {
    let now = SystemClock.now();
    let limits = limits.parsed(now)?;
    if limits == ClientChange::default() {
        return Err(CommandError(
            "nothing to change; give --expires-at, --expires-in or --address".into(),
        ));
    }
    target.run(async |clients, id, actor| {
        let client = clients.change(&id, &limits, actor).await?.ok_or_else(no_such_client)?;
        print(&line(&client, now));
        Ok(())
    })
}

fn remove(target: &Target) -> Result<(), CommandError> {
    target.run(async |clients, id, actor| {
        if !clients.remove(&id, actor).await? {
            return Err(no_such_client());
        }
        print(&format!("Removed API client {id}."));
        Ok(())
    })
}

impl Target {
    fn run(
        &self,
        work: impl AsyncFnOnce(&ApiClients, ClientId, Actor) -> Result<(), CommandError>,
    ) -> Result<(), CommandError> {
        let id = ClientId::parse(&self.id).map_err(|rule| CommandError(rule.to_string()))?;
        let operator = self.operator.as_deref().filter(|name| !name.is_empty());
        let operator = Operator::parse(operator.unwrap_or("unknown"));
        let actor = operator.map(Actor::CommandLine).map_err(|rule| wrong("--operator", rule))?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        with_database(self.file.path.as_deref(), clock, async |bootstrap| {
            work(&api_clients(bootstrap), id, actor).await
        })
    }
}

fn api_clients(bootstrap: &Bootstrap) -> ApiClients {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    // This process authenticates nobody.
    let no_look_ups = AddressLimiter::per_minute(NonZeroU32::MIN, NonZeroU32::MIN, &clock);
    let (store, randomness) = (bootstrap.stores.clients.clone(), Arc::new(SystemRandomness));
    ApiClients::new(store, clock, randomness, Arc::new(no_look_ups))
}

impl Limits {
    fn parsed(&self, now: Timestamp) -> Result<ClientChange, CommandError> {
        let expiry = match (self.expires_at.as_deref(), self.expires_in.as_deref()) {
            (Some("never"), _) => Some(Expiry::Never),
            (Some(text), _) => Some(Expiry::At(time(text, now)?)),
            (None, Some(text)) => Some(Expiry::At(now.plus(duration("--expires-in", text)?))),
            (None, None) => None,
        };
        let networks = match self.addresses.as_slice() {
            [] => None,
            [any] if any == "any" => Some([].into()),
            texts => {
                let networks =
                    texts.iter().map(|text| parse_network(text)).collect::<Result<_, _>>();
                Some(networks.map_err(|rule| wrong("--address", rule))?)
            }
        };
        Ok(ClientChange { expiry, networks })
    }
}

fn time(text: &str, now: Timestamp) -> Result<Timestamp, CommandError> {
    const RULE: Malformed = Malformed("expected a time like 2027-06-30T00:00:00Z, or `never`");
    let time = DateTime::parse_from_rfc3339(text).map_err(|_| wrong("--expires-at", RULE))?;
    let time = Timestamp::from_millis(time.timestamp_millis());
    if time <= now {
        return Err(wrong("--expires-at", Malformed("the time has passed")));
    }
    Ok(time)
}

/// Parses a number with a unit, like `90d`.
fn duration(flag: &str, text: &str) -> Result<Duration, CommandError> {
    let parsed = text.char_indices().next_back().and_then(|(end, unit)| {
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            _ => return None,
        };
        let number = text.get(..end)?;
        let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
        let number = is_number.then(|| number.parse::<u32>().ok())??;
        Some(Duration::from_secs(u64::from(number) * seconds))
    });
    parsed.ok_or_else(|| wrong(flag, Malformed("expected a duration like 90d, 24h, 30m or 0s")))
}

fn wrong(flag: &str, rule: Malformed) -> CommandError {
    CommandError(format!("{flag}: {rule}"))
}

fn no_such_client() -> CommandError {
    CommandError("no API client with this id".into())
}

fn print_secret(client: &ApiClient, secret: &Secret) {
    let (id, secret) = (&client.id, secret.expose());
    let expiry = client.expires_at.map(|at| format!("expires        {}\n", rfc3339(at)));
    print(&format!(
        "client id      {id}\nclient secret  {secret}\nAPI key        {id}.{secret}\n{}\n\
         The secret is not stored and cannot be shown again.",
        expiry.unwrap_or_default()
    ));
}

/// The line of a client in the list.
fn line(client: &ApiClient, now: Timestamp) -> String {
    let scopes = join(client.scopes.iter().map(|scope| scope.as_str()));
    let apps = join(&client.apps);
    let apps = if apps.is_empty() { "every app" } else { &apps };
    let mut parts = vec![format!("{}  {scopes}  {apps}", client.id)];
    if !client.networks.is_empty() {
        parts.push(format!("from {}", join(&client.networks)));
    }
    if let Some(at) = client.expires_at {
        let verb = if client.has_expired(now) { "expired" } else { "expires" };
        parts.push(format!("{verb} {}", rfc3339(at)));
    }
    if let Some(previous) = client.valid_previous_secret(now) {
        parts.push(format!("old secret valid until {}", rfc3339(previous.until)));
    }
    parts.join("  ")
}

fn join<T: ToString>(words: impl IntoIterator<Item = T>) -> String {
    words.into_iter().map(|word| word.to_string()).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_numbers_with_a_unit() {
        for (text, seconds) in [("0s", 0), ("30m", 1800), ("24h", 86_400), ("90d", 7_776_000)] {
            let parsed = duration("--expires-in", text).ok().unwrap();
            assert_eq!(parsed, Duration::from_secs(seconds), "{text}");
        }
        for wrong in ["", "s", "24", "+1h", "-1h", "1.5h", "1w", "1 h", "9999999999s", "1天"] {
            assert!(duration("--expires-in", wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn what_is_not_given_stays_as_it_is() {
        let now = Timestamp::from_seconds(1_800_000_000);
        let parsed = |expires_at: &str, expires_in: &str, addresses: &[&str]| {
            let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            let addresses = addresses.iter().map(|text| (*text).to_owned()).collect();
            let limits =
                Limits { expires_at: text(expires_at), expires_in: text(expires_in), addresses };
            limits.parsed(now).map_err(|error| error.0)
        };
        let expiry = |expiry| Ok(ClientChange { expiry: Some(expiry), networks: None });
        assert_eq!(parsed("", "", &[]), Ok(ClientChange::default()));
        assert_eq!(parsed("never", "", &[]), expiry(Expiry::Never));
        let at = Timestamp::from_seconds(1_814_313_600);
        assert_eq!(parsed("2027-06-30T08:00:00+08:00", "", &[]), expiry(Expiry::At(at)));
        assert_eq!(parsed("", "2h", &[]), expiry(Expiry::At(now.plus(Duration::from_hours(2)))));
        let networks = |networks| Ok(ClientChange { expiry: None, networks: Some(networks) });
        assert_eq!(parsed("", "", &["any"]), networks([].into()));
        let some = ["10.0.0.0/8", "2001:db8::1"].map(|text| parse_network(text).unwrap());
        assert_eq!(parsed("", "", &["10.0.0.0/8", "2001:db8::1"]), networks(some.into()));
        let wrong = [
            (parsed("tomorrow", "", &[]), "--expires-at: expected a time"),
            (parsed("2020-01-01T00:00:00Z", "", &[]), "--expires-at: the time has passed"),
            (parsed("", "x", &[]), "--expires-in: expected a duration"),
            (parsed("", "", &["any", "10.0.0.1"]), "--address: expected an IP address"),
        ];
        for (parsed, text) in wrong {
            assert!(parsed.unwrap_err().starts_with(text), "{text}");
        }
    }
}
