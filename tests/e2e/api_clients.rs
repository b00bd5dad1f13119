//! API clients that are changed on the command line while two instances run.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Client, Harness};

/// How soon every instance must know of a change.
const KNOWN_WITHIN: Duration = Duration::from_secs(2);

/// An address behind the proxy that the tests play.
const OUTSIDE: &str = "198.51.100.1";

/// Lists users from this address; the answer's status and problem code.
async fn ask_from(address: &str, instance: &Client, key: &str) -> (u16, String) {
    let request = instance.request(Method::GET, "/v1/admin/users").bearer_auth(key);
    let answer = instance.send(request.header("x-forwarded-for", address)).await;
    let code = if answer.status == 200 { "" } else { answer.problem() };
    (answer.status, code.to_owned())
}

async fn ask(instance: &Client, key: &str) -> (u16, String) {
    ask_from(OUTSIDE, instance, key).await
}

fn is(answer: &(u16, String), status: u16, code: &str) -> bool {
    (answer.0, answer.1.as_str()) == (status, code)
}

const INVALID: &str = "client_invalid";

/// Waits until every instance gives this answer, which must not take longer than `limit`.
async fn soon(limit: Duration, instances: [&Client; 2], key: &str, status: u16, code: &str) {
    let changed = Instant::now();
    for instance in instances {
        loop {
            let answer = ask(instance, key).await;
            if is(&answer, status, code) {
                break;
            }
            assert!(changed.elapsed() < limit, "{answer:?} and not {status} {code}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    assert!(changed.elapsed() < limit, "{:?}", changed.elapsed());
}

/// Runs `wxlogin clients` as the operator alice, and returns what it prints.
async fn clients(harness: &Harness, arguments: &[&str]) -> String {
    let arguments = ["clients"].iter().chain(arguments).chain(&["--operator", "alice"]);
    harness.run_command(&arguments.copied().collect::<Vec<_>>()).await.output
}

fn printed_key(printed: &str) -> String {
    let line = printed.lines().find_map(|line| line.strip_prefix("API key"));
    line.unwrap().trim().to_owned()
}

async fn events(instance: &Client, key: &str) -> Vec<Value> {
    let request = instance.request(Method::GET, "/v1/admin/audit").bearer_auth(key);
    let answer: Answer = instance.send(request.header("x-forwarded-for", "192.0.2.9")).await;
    answer.body["events"].as_array().unwrap().clone()
}

async fn start() -> Harness {
    Harness::start(&[("WXLOGIN__SERVER__TRUSTED_PROXIES", "127.0.0.1")]).await
}

const CREATE: [&str; 4] = ["create", "billing", "--scope", "admin"];

#[tokio::test]
async fn a_rotated_secret_is_replaced_on_every_instance_without_a_gap() {
    let harness = start().await;
    let (_process, other) = harness.another().await;
    let both = [&harness.client, &other];
    for instance in both {
        let unknown = ask(instance, "billing.x").await;
        assert!(is(&unknown, 401, INVALID), "{unknown:?}");
    }
    let first = printed_key(&clients(&harness, &CREATE).await);
    soon(KNOWN_WITHIN, both, &first, 200, "").await;

    let overlap = Duration::from_secs(10);
    let rotate = ["rotate", "billing", "--old-valid-for", "10s"];
    let rotated = Instant::now();
    let printed = clients(&harness, &rotate).await;
    assert!(printed.contains("The old secret is valid until "), "{printed}");
    let second = printed_key(&printed);
    for instance in both {
        let old = ask(instance, &first).await;
        assert!(is(&old, 200, ""), "{old:?}");
    }
    soon(KNOWN_WITHIN, both, &second, 200, "").await;
    // The overlap begins after `rotated`, and counts on each machine.
    soon(overlap + KNOWN_WITHIN, both, &first, 401, INVALID).await;
    assert!(rotated.elapsed() >= overlap, "{:?}", rotated.elapsed());

    let third = printed_key(&clients(&harness, &["rotate", "billing"]).await);
    let listed = harness.run_command(&["clients", "list"]).await.output;
    assert!(listed.contains("old secret valid until "), "{listed}");
    let now = ["rotate", "billing", "--old-valid-for", "0s"];
    let fourth = printed_key(&clients(&harness, &now).await);
    soon(KNOWN_WITHIN, both, &fourth, 200, "").await;
    for (instance, old) in [(both[0], &second), (both[1], &second), (both[0], &third)] {
        let refused = ask(instance, old).await;
        assert!(is(&refused, 401, INVALID), "{refused:?}");
    }

    clients(&harness, &["remove", "billing"]).await;
    soon(KNOWN_WITHIN, both, &fourth, 401, INVALID).await;
    let again = printed_key(&clients(&harness, &CREATE).await);
    soon(KNOWN_WITHIN, both, &again, 200, "").await;
}

#[tokio::test]
async fn a_client_is_limited_to_its_addresses_and_its_time() {
    let harness = start().await;
    let (_process, other) = harness.another().await;
    let both = [&harness.client, &other];
    let key = printed_key(&clients(&harness, &CREATE).await);
    soon(KNOWN_WITHIN, both, &key, 200, "").await;

    let networks = ["--address", "192.0.2.0/24", "--address", "2001:db8::/32"];
    let change = ["change", "billing"].into_iter().chain(networks).collect::<Vec<_>>();
    clients(&harness, &change).await;
    soon(KNOWN_WITHIN, both, &key, 403, "client_address_not_allowed").await;
    for instance in both {
        for inside in ["192.0.2.9", "2001:db8:1:2::3"] {
            let answer = ask_from(inside, instance, &key).await;
            assert!(is(&answer, 200, ""), "{answer:?}");
        }
        let stranger = ask(instance, "billing.wrong").await;
        assert!(is(&stranger, 401, INVALID), "{stranger:?}");
    }

    let changed = clients(&harness, &["change", "billing", "--expires-in", "13d"]).await;
    assert!(changed.contains("from 192.0.2.0/24,2001:db8::/32  expires 20"), "{changed}");
    harness.wxlogin.logged_after("an API client expires soon; ").await;

    let events = events(&harness.client, &key).await;
    let actions = events.iter().map(|event| event["action"].as_str().unwrap());
    assert_eq!(actions.collect::<Vec<_>>(), ["client_created", "client_changed", "client_changed"]);
    for event in &events {
        let by = (&event["actor"], &event["actorKind"], &event["clientId"]);
        assert_eq!(by, (&json!("alice"), &json!("command_line"), &json!("billing")));
    }

    // It has expired when the instances see it.
    clients(&harness, &["change", "billing", "--address", "any", "--expires-in", "0s"]).await;
    soon(KNOWN_WITHIN, both, &key, 401, "client_expired").await;
    clients(&harness, &["change", "billing", "--expires-at", "never"]).await;
    soon(KNOWN_WITHIN, both, &key, 200, "").await;
}
