//! API clients.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::actions::after;
use super::{Sample, app_id};
use crate::model::{
    Actor, ApiClient, AuditAction, AuditEvent, ClientId, ClientSecretHash, Operator,
    PreviousSecret, Scope, VisibleApps, parse_network,
};
use crate::ports::Stores;
use crate::testing::SequenceRandomness;

fn client(id: &str) -> ApiClient {
    let (id, secret) = (ClientId::parse(id).unwrap(), ClientSecretHash::of("hunter2"));
    let scopes = [Scope::Introspect, Scope::Admin].into();
    let client = ApiClient::new(id, secret, scopes, Sample::START);
    ApiClient { apps: [app_id(1), app_id(2)].into(), revision: new_id(), ..client }
}

fn new_id() -> Uuid {
    Sample::of("oEvent").record().new_user_id.as_uuid()
}

/// An event of an operator, with an id of its own.
fn event(action: AuditAction, id: &ClientId) -> AuditEvent {
    let actor = Actor::CommandLine(Operator::parse("alice").unwrap());
    let randomness = SequenceRandomness::default();
    let event = AuditEvent::of_client(action, id.clone(), Some(actor), after(5), &randomness);
    AuditEvent { id: new_id(), ..event }
}

async fn insert(stores: &Stores, client: &ApiClient) -> bool {
    let event = event(AuditAction::ClientCreated, &client.id);
    stores.clients.insert_client(client.clone(), event).await.unwrap()
}

async fn replace(stores: &Stores, from: &ApiClient, to: &ApiClient) -> bool {
    let event = event(AuditAction::ClientRotated, &to.id);
    stores.clients.replace_client(from.revision, to.clone(), event).await.unwrap()
}

async fn remove(stores: &Stores, id: &ClientId) -> bool {
    stores.clients.remove_client(id, event(AuditAction::ClientRemoved, id)).await.unwrap()
}

/// The client after a rotation, with a value in each field.
fn rotated(client: &ApiClient) -> ApiClient {
    let networks = ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"];
    ApiClient {
        secret: ClientSecretHash::of("hunter3"),
        previous_secret: Some(PreviousSecret { hash: client.secret, until: after(1001) }),
        networks: networks.map(|network| parse_network(network).unwrap()).into(),
        expires_at: Some(after(86_400_001)),
        revision: new_id(),
        ..client.clone()
    }
}

pub async fn api_clients_are_stored_and_removed(stores: &Stores) {
    let plain = ApiClient { scopes: BTreeSet::new(), apps: BTreeSet::new(), ..client("a-plain") };
    let billing = rotated(&client("billing"));
    assert!(insert(stores, &billing).await);
    assert!(insert(stores, &plain).await);
    assert!(!insert(stores, &client("billing")).await, "the id is taken");
    let id = &billing.id;
    assert_eq!(stores.clients.find_client(id).await, Ok(Some(billing.clone())));
    assert_eq!(stores.clients.list_clients().await, Ok(vec![plain.clone(), billing.clone()]));
    assert!(remove(stores, id).await);
    assert!(!remove(stores, id).await);
    assert_eq!(stores.clients.find_client(id).await, Ok(None));
    assert!(insert(stores, &client("billing")).await, "the id is free again");
    let capital = ClientId::parse("A-PLAIN").unwrap();
    assert_eq!(stores.clients.find_client(&capital).await, Ok(None), "letter case matters");
}

pub async fn an_api_client_is_replaced_in_every_field(stores: &Stores) {
    let (first, other) = (client("shop"), client("other"));
    assert!(insert(stores, &first).await);
    assert!(insert(stores, &other).await);
    let full = rotated(&first);
    let empty = ApiClient { revision: new_id(), ..client("shop") };
    for (from, to) in [(&first, &full), (&full, &empty), (&empty, &full)] {
        assert!(replace(stores, from, to).await);
        assert_eq!(stores.clients.find_client(&to.id).await.as_ref(), Ok(&Some(to.clone())));
    }
    assert_eq!(stores.clients.find_client(&other.id).await, Ok(Some(other)));
}

pub async fn an_outdated_change_of_an_api_client_writes_nothing(stores: &Stores) {
    let first = client("shop");
    assert!(!replace(stores, &first, &rotated(&first)).await, "there is no such client");
    assert!(insert(stores, &first).await);
    let second = rotated(&first);
    assert!(replace(stores, &first, &second).await);
    assert!(!replace(stores, &first, &rotated(&first)).await);
    assert_eq!(stores.clients.find_client(&first.id).await, Ok(Some(second.clone())));
    assert!(remove(stores, &first.id).await);
    let again = client("shop");
    assert!(insert(stores, &again).await);
    assert!(!replace(stores, &second, &rotated(&second)).await, "it is another client");
    assert_eq!(stores.clients.find_client(&first.id).await, Ok(Some(again)));
}

pub async fn only_one_of_many_concurrent_changes_of_an_api_client_wins(stores: &Stores) {
    let first = client("shop");
    assert!(insert(stores, &first).await);
    let changes = (0..8).map(|_| {
        let (stores, first) = (stores.clone(), first.clone());
        tokio::spawn(async move {
            let changed = rotated(&first);
            replace(&stores, &first, &changed).await.then_some(changed)
        })
    });
    let mut winners = Vec::new();
    for change in changes.collect::<Vec<_>>() {
        winners.extend(change.await.unwrap());
    }
    assert_eq!(winners.len(), 1);
    assert_eq!(stores.clients.find_client(&first.id).await, Ok(winners.pop()));
}

pub async fn changes_of_api_clients_are_audited(stores: &Stores) {
    let first = client("shop");
    let second = rotated(&first);
    let done = [AuditAction::ClientCreated, AuditAction::ClientRotated, AuditAction::ClientRemoved];
    let mut expected = done.map(|action| event(action, &first.id));
    let [created, replaced, removed] = expected.clone();
    let too_late = || event(AuditAction::ClientChanged, &first.id);
    let clients = &stores.clients;
    assert_eq!(clients.replace_client(first.revision, second.clone(), too_late()).await, Ok(false));
    assert_eq!(clients.insert_client(first.clone(), created).await, Ok(true));
    assert_eq!(clients.insert_client(client("shop"), too_late()).await, Ok(false));
    assert_eq!(clients.replace_client(first.revision, second, replaced).await, Ok(true));
    let outdated = rotated(&first);
    assert_eq!(clients.replace_client(first.revision, outdated, too_late()).await, Ok(false));
    assert_eq!(clients.remove_client(&first.id, removed).await, Ok(true));
    assert_eq!(clients.remove_client(&first.id, too_late()).await, Ok(false));
    expected.sort_by_key(|event| event.id);
    let mut everything = stores.audit.page_audit(&VisibleApps::All, None, None, 10).await.unwrap();
    everything.sort_by_key(|event| event.id);
    assert_eq!(everything, expected);
    let of_an_app = VisibleApps::Only([app_id(1)].into());
    assert_eq!(stores.audit.page_audit(&of_an_app, None, None, 10).await, Ok(vec![]));
}
