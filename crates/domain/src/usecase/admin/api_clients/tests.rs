use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use uuid::Uuid;

use super::*;
use crate::model::{
    Actor, AuditAction, AuditEvent, Operator, SecretOverlap, VisibleApps, parse_network,
};
use crate::ports::Stores;
use crate::testing::{FakeLimiter, ManualClock, MemoryStore, NoLimit, SequenceRandomness};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

const HOUR: Duration = Duration::from_hours(1);

fn credentials(id: &str, secret: &str) -> Credentials {
    Credentials { id: id.into(), secret: Secret::new(secret) }
}

fn billing() -> ClientId {
    ClientId::parse("billing").unwrap()
}

fn actor() -> Actor {
    Actor::CommandLine(Operator::parse("alice").unwrap())
}

fn overlap(duration: Duration) -> SecretOverlap {
    SecretOverlap::of(duration).unwrap()
}

/// Lets others run between reading a client and changing it.
struct Slow(Arc<dyn ClientStore>);

#[async_trait]
impl ClientStore for Slow {
    async fn insert_client(
        &self,
        client: ApiClient,
        event: AuditEvent,
    ) -> Result<bool, StoreError> {
        self.0.insert_client(client, event).await
    }

    async fn replace_client(
        &self,
        revision: Uuid,
        client: ApiClient,
        event: AuditEvent,
    ) -> Result<bool, StoreError> {
        self.0.replace_client(revision, client, event).await
    }

    async fn find_client(&self, id: &ClientId) -> Result<Option<ApiClient>, StoreError> {
        let found = self.0.find_client(id).await;
        tokio::task::yield_now().await;
        found
    }

    async fn list_clients(&self) -> Result<Vec<ApiClient>, StoreError> {
        self.0.list_clients().await
    }

    async fn remove_client(&self, id: &ClientId, event: AuditEvent) -> Result<bool, StoreError> {
        self.0.remove_client(id, event).await
    }
}

/// Instances on one database, with one clock.
struct World {
    stores: Stores,
    clock: Arc<ManualClock>,
    randomness: Arc<SequenceRandomness>,
}

impl World {
    fn new() -> Self {
        let (clock, randomness) = Default::default();
        Self { stores: MemoryStore::stores(), clock, randomness }
    }

    fn instance(&self) -> ApiClients {
        self.limited(Arc::new(NoLimit))
    }

    fn limited(&self, failures: Arc<dyn RateLimiter>) -> ApiClients {
        let (clock, randomness) = (self.clock.clone(), self.randomness.clone());
        ApiClients::new(self.stores.clients.clone(), clock, randomness, failures)
    }
}

impl ApiClients {
    async fn create_with(&self, id: &str, change: &ClientChange) -> String {
        let id = ClientId::parse(id).unwrap();
        let scopes = BTreeSet::from([Scope::Introspect]);
        let made = self.create(id, scopes, BTreeSet::new(), change, actor()).await.unwrap();
        made.unwrap().1.expose().to_owned()
    }

    async fn create_plain(&self, id: &str) -> String {
        self.create_with(id, &ClientChange::default()).await
    }

    async fn rotate_for(&self, duration: Duration) -> String {
        let change = ClientChange::default();
        let rotated = self.rotate(&billing(), overlap(duration), &change, actor()).await.unwrap();
        rotated.unwrap().1.expose().to_owned()
    }

    async fn ask(&self, id: &str, secret: &str) -> Result<(), ClientError> {
        self.ask_from(HERE, id, secret).await
    }

    async fn ask_from(&self, from: IpAddr, id: &str, secret: &str) -> Result<(), ClientError> {
        self.authenticate(&credentials(id, secret), Scope::Introspect, from).await.map(drop)
    }
}

#[tokio::test]
async fn a_client_is_authenticated_by_its_secret_and_limited_to_its_scopes() {
    let clients = World::new().instance();
    let scopes = BTreeSet::from([Scope::Introspect]);
    let create = || {
        let (apps, change) = (BTreeSet::new(), ClientChange::default());
        let (clients, scopes) = (&clients, scopes.clone());
        async move { clients.create(billing(), scopes, apps, &change, actor()).await.unwrap() }
    };
    let (client, secret) = create().await.unwrap();
    assert_eq!(secret.expose().len(), 43);
    assert_eq!(create().await, None, "the id is taken");
    let key = format!("billing.{}", secret.expose());
    let right = Credentials::from_api_key(&key).unwrap();
    assert_eq!(clients.authenticate(&right, Scope::Introspect, HERE).await, Ok(client));
    assert_eq!(
        clients.authenticate(&right, Scope::Admin, HERE).await,
        Err(ClientError::InsufficientScope(Scope::Admin))
    );
    for (id, wrong) in [("billing", ""), ("other", secret.expose()), ("", "")] {
        assert_eq!(clients.ask(id, wrong).await, Err(ClientError::Invalid));
    }
}

#[tokio::test]
async fn a_rotated_secret_stays_valid_for_the_given_time() {
    let world = World::new();
    let clients = world.instance();
    let first = clients.create_plain("billing").await;
    let second = clients.rotate_for(HOUR).await;
    assert_eq!(clients.ask("billing", &first).await, Ok(()));
    assert_eq!(clients.ask("billing", &second).await, Ok(()));
    world.clock.advance(HOUR);
    assert_eq!(clients.ask("billing", &first).await, Err(ClientError::Invalid));
    assert_eq!(clients.ask("billing", &second).await, Ok(()));

    let third = clients.rotate_for(HOUR).await;
    let fourth = clients.rotate_for(HOUR).await;
    assert_eq!(clients.ask("billing", &second).await, Err(ClientError::Invalid), "the oldest");
    assert_eq!(clients.ask("billing", &third).await, Ok(()));
    let fifth = clients.rotate_for(Duration::ZERO).await;
    for old in [&third, &fourth] {
        assert_eq!(clients.ask("billing", old).await, Err(ClientError::Invalid), "ended at once");
    }
    assert_eq!(clients.ask("billing", &fifth).await, Ok(()));
    let nobody = ClientId::parse("nobody").unwrap();
    let change = ClientChange::default();
    assert_eq!(clients.rotate(&nobody, overlap(HOUR), &change, actor()).await, Ok(None));
}

#[tokio::test]
async fn an_expired_client_is_refused_until_its_expiry_changes() {
    let world = World::new();
    let clients = world.instance();
    let at = world.clock.now().plus(HOUR);
    let expiring = ClientChange { expiry: Some(Expiry::At(at)), networks: None };
    let secret = clients.create_with("billing", &expiring).await;
    assert_eq!(clients.ask("billing", &secret).await, Ok(()));
    world.clock.advance(HOUR);
    assert_eq!(clients.ask("billing", &secret).await, Err(ClientError::Expired));
    assert_eq!(clients.ask("billing", "wrong").await, Err(ClientError::Invalid));
    let secret = clients.rotate_for(HOUR).await;
    let refused = clients.ask("billing", &secret).await;
    assert_eq!(refused, Err(ClientError::Expired), "a rotation alone keeps the expiry");
    let never = ClientChange { expiry: Some(Expiry::Never), networks: None };
    let changed = clients.change(&billing(), &never, actor()).await.unwrap();
    assert_eq!(changed.unwrap().expires_at, None);
    assert_eq!(clients.ask("billing", &secret).await, Ok(()));
}

#[tokio::test]
async fn only_a_valid_secret_shows_that_the_address_is_refused() {
    let clients = World::new().instance();
    let networks = ["10.0.0.0/8", "2001:db8:1::/48"];
    let networks = networks.map(|network| parse_network(network).unwrap()).into();
    let limited = ClientChange { expiry: None, networks: Some(networks) };
    let secret = clients.create_with("billing", &limited).await;
    for (from, answer) in [
        ("10.1.2.3", Ok(())),
        ("2001:db8:1:2::3", Ok(())),
        ("192.0.2.1", Err(ClientError::AddressNotAllowed)),
        // The same /32, but not the network.
        ("2001:db8:2::1", Err(ClientError::AddressNotAllowed)),
    ] {
        let from = from.parse().unwrap();
        assert_eq!(clients.ask_from(from, "billing", &secret).await, answer, "{from}");
        let stranger = clients.ask_from(from, "billing", "wrong").await;
        assert_eq!(stranger, Err(ClientError::Invalid), "{from}");
    }
    let everywhere = ClientChange { expiry: None, networks: Some(BTreeSet::new()) };
    clients.change(&billing(), &everywhere, actor()).await.unwrap().unwrap();
    assert_eq!(clients.ask_from(HERE, "billing", &secret).await, Ok(()));
}

#[tokio::test]
async fn changes_hold_here_at_once_and_elsewhere_after_the_next_reading() {
    let world = World::new();
    let (here, there) = (world.instance(), world.instance());
    assert_eq!(there.ask("billing", "x").await, Err(ClientError::Invalid), "not known yet");
    let first = here.create_plain("billing").await;
    there.load().await.unwrap();
    assert_eq!(there.ask("billing", &first).await, Ok(()), "being unknown is forgotten");
    let second = here.rotate_for(Duration::ZERO).await;
    assert_eq!(here.ask("billing", &first).await, Err(ClientError::Invalid));
    there.load().await.unwrap();
    assert_eq!(there.ask("billing", &first).await, Err(ClientError::Invalid));
    assert_eq!(there.ask("billing", &second).await, Ok(()));
    assert_eq!(here.remove(&billing(), actor()).await, Ok(true));
    assert_eq!(here.remove(&billing(), actor()).await, Ok(false));
    assert_eq!(here.ask("billing", &second).await, Err(ClientError::Invalid));
    there.load().await.unwrap();
    assert_eq!(there.ask("billing", &second).await, Err(ClientError::Invalid));
}

#[tokio::test]
async fn concurrent_changes_do_not_undo_each_other() {
    let mut world = World::new();
    world.stores.clients = Arc::new(Slow(world.stores.clients.clone()));
    let clients = Arc::new(world.instance());
    clients.create_plain("billing").await;
    let at = world.clock.now().plus(HOUR);
    let networks = BTreeSet::from([parse_network("10.0.0.0/8").unwrap()]);
    let changes = [
        ClientChange { expiry: Some(Expiry::At(at)), networks: None },
        ClientChange { expiry: None, networks: Some(networks.clone()) },
    ];
    let changes = changes.map(|change| {
        let clients = clients.clone();
        tokio::spawn(async move { clients.change(&billing(), &change, actor()).await })
    });
    for change in changes {
        change.await.unwrap().unwrap().unwrap();
    }
    let client = world.stores.clients.find_client(&billing()).await.unwrap().unwrap();
    assert_eq!((client.expires_at, client.networks), (Some(at), networks));
}

#[tokio::test]
async fn the_audit_log_names_who_changed_a_client() {
    let world = World::new();
    let clients = world.instance();
    clients.create_plain("billing").await;
    let tick = || world.clock.advance(Duration::from_millis(1));
    tick();
    clients.rotate_for(HOUR).await;
    tick();
    clients.change(&billing(), &ClientChange::default(), actor()).await.unwrap();
    tick();
    clients.remove(&billing(), actor()).await.unwrap();
    let events = world.stores.audit.page_audit(&VisibleApps::All, None, None, 10).await.unwrap();
    let actions = events.iter().map(|event| event.action).collect::<Vec<_>>();
    assert_eq!(
        actions,
        [
            AuditAction::ClientCreated,
            AuditAction::ClientRotated,
            AuditAction::ClientChanged,
            AuditAction::ClientRemoved
        ]
    );
    for event in events {
        let about = (event.user_id, event.client_id, event.actor);
        assert_eq!(about, (None, Some(billing()), Some(actor())));
    }
}

#[tokio::test]
async fn a_client_that_expires_soon_is_reported_once_a_day() {
    let world = World::new();
    let clients = world.instance();
    let day = HOUR * 24;
    let at = world.clock.now().plus(day * 15);
    let expiring = ClientChange { expiry: Some(Expiry::At(at)), networks: None };
    clients.create_with("billing", &expiring).await;
    clients.create_plain("forever").await;
    clients.load().await.unwrap();
    let report = || clients.expiring_soon();
    assert_eq!(report(), []);
    world.clock.advance(day);
    assert_eq!(report(), [], "in two weeks exactly");
    world.clock.advance(HOUR);
    assert_eq!(report(), [(billing(), at)]);
    world.clock.advance(HOUR * 23);
    assert_eq!(report(), [], "reported less than a day ago");
    world.clock.advance(HOUR);
    assert_eq!(report(), [(billing(), at)]);
    world.clock.advance(day * 13);
    assert_eq!(report(), [], "it has expired");
}

#[tokio::test]
async fn made_up_ids_do_not_keep_a_known_client_out() {
    let world = World::new();
    let secret = world.instance().create_plain("billing").await;
    let started = world.limited(Arc::new(FakeLimiter::new(0)));
    started.load().await.unwrap();
    assert!(matches!(started.ask("made-up", &secret).await, Err(ClientError::TooMany(_))));
    assert_eq!(started.ask("billing", &secret).await, Ok(()));
}

#[tokio::test]
async fn unknown_clients_are_looked_up_rarely() {
    let store = Arc::new(MemoryStore::default());
    let world = World { stores: store.ports(), ..World::new() };
    let clients = world.limited(Arc::new(FakeLimiter::new(3)));
    let secret = clients.create_plain("billing").await;
    assert_eq!(clients.ask("billing", &secret).await, Ok(()));
    for id in ["first", "second", "third"] {
        assert_eq!(clients.ask(id, "secret").await, Err(ClientError::Invalid));
    }
    let uses = store.uses.load(Ordering::SeqCst);
    for _ in 0..10 {
        assert_eq!(clients.ask("first", "secret").await, Err(ClientError::Invalid));
        assert!(matches!(clients.ask("fourth", "secret").await, Err(ClientError::TooMany(_))));
        assert_eq!(clients.ask("billing", "wrong").await, Err(ClientError::Invalid));
        assert_eq!(clients.ask("billing", &secret).await, Ok(()));
    }
    assert_eq!(store.uses.load(Ordering::SeqCst), uses);
}
