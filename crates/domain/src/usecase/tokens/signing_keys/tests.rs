use super::*;
use crate::testing::{FakeSealer, FakeSigner, ManualClock, MemoryStore};

const POLICY: KeyPolicy = KeyPolicy {
    jwks_max_age: Duration::from_mins(2),
    rotate_after: Duration::from_hours(24 * 90),
    longest_token: Duration::from_hours(1),
};

struct Harness {
    store: Arc<dyn KeyStore>,
    clock: Arc<ManualClock>,
}

impl Harness {
    fn new() -> Self {
        Self { store: MemoryStore::stores().keys, clock: Arc::default() }
    }

    /// An instance with a signer of its own.
    fn instance(&self) -> (SigningKeys, Arc<FakeSigner>) {
        let signer = Arc::new(FakeSigner::default());
        let (store, clock) = (self.store.clone(), self.clock.clone());
        let keys = SigningKeys::new(store, Arc::new(FakeSealer), signer.clone(), clock, POLICY);
        (keys, signer)
    }

    async fn states(&self) -> Vec<KeyState> {
        self.instance().0.list().await.unwrap().iter().map(|key| key.state).collect()
    }
}

#[tokio::test]
async fn instances_that_start_together_use_one_key() {
    let harness = Harness::new();
    let ((one, _), (two, _)) = (harness.instance(), harness.instance());
    let (first, second) = tokio::join!(one.make_ready(), two.make_ready());
    first.unwrap();
    second.unwrap();
    assert_eq!(harness.states().await, [KeyState::Signing]);
    assert_eq!(one.jwks(), two.jwks());
}

#[tokio::test]
async fn the_next_key_is_published_before_it_signs_and_after() {
    use KeyState::{Pending, Retired, Signing};
    let harness = Harness::new();
    let (keys, _) = harness.instance();
    keys.make_ready().await.unwrap();
    let first = keys.jwks();
    keys.rotate().await.unwrap();
    assert_eq!(harness.states().await, [Pending, Signing]);
    keys.make_ready().await.unwrap();
    let both = keys.jwks();
    assert_ne!(both, first);
    harness.clock.advance(Duration::from_secs(239));
    assert_eq!(harness.states().await, [Pending, Signing]);
    harness.clock.advance(Duration::from_secs(1));
    assert_eq!(harness.states().await, [Signing, Retired]);
    keys.make_ready().await.unwrap();
    assert_eq!(keys.jwks(), both);
    harness.clock.advance(POLICY.longest_token);
    assert_eq!(harness.states().await, [Signing, Retired], "a last token may still hold");
    harness.clock.advance(Duration::from_mins(1));
    assert_eq!(harness.states().await, [Signing, KeyState::Expired]);
    harness.clock.advance(Duration::from_hours(25));
    keys.keep_up().await.unwrap();
    assert_eq!(harness.states().await, [Signing]);
}

#[tokio::test]
async fn rotating_twice_creates_one_key() {
    let harness = Harness::new();
    let (keys, _) = harness.instance();
    keys.make_ready().await.unwrap();
    let next = keys.rotate().await.unwrap();
    assert_eq!(keys.rotate().await.unwrap(), next);
    assert_eq!(harness.states().await.len(), 2);
}

#[tokio::test]
async fn keys_change_on_schedule() {
    let harness = Harness::new();
    let (keys, _) = harness.instance();
    keys.make_ready().await.unwrap();
    harness.clock.advance(POLICY.rotate_after.saturating_sub(Duration::from_secs(1)));
    keys.keep_up().await.unwrap();
    assert_eq!(harness.states().await, [KeyState::Signing]);
    harness.clock.advance(Duration::from_secs(1));
    keys.keep_up().await.unwrap();
    keys.keep_up().await.unwrap();
    assert_eq!(harness.states().await, [KeyState::Pending, KeyState::Signing]);
}

#[tokio::test]
async fn a_revoked_key_is_replaced_at_once() {
    let harness = Harness::new();
    let (keys, signer) = harness.instance();
    keys.make_ready().await.unwrap();
    let first = harness.store.signing_keys().await.unwrap()[0].kid.clone();
    keys.revoke(&first).await.unwrap();
    assert_eq!(harness.states().await, [KeyState::Signing, KeyState::Void]);
    assert!(!signer.jwks().contains(&first));
    assert!(matches!(keys.revoke("nobody").await, Err(SigningKeysError::Unknown)));
}

#[tokio::test]
async fn a_pending_key_replaces_a_revoked_one() {
    let harness = Harness::new();
    let (keys, _) = harness.instance();
    keys.make_ready().await.unwrap();
    let next = keys.rotate().await.unwrap();
    let first = harness.store.signing_keys().await.unwrap()[1].kid.clone();
    keys.revoke(&first).await.unwrap();
    let listed = keys.list().await.unwrap();
    assert_eq!(listed[0].key.kid, next.kid);
    assert_eq!(listed[0].state, KeyState::Signing);
}

#[tokio::test]
async fn unknown_keys_rarely_cause_a_read() {
    let harness = Harness::new();
    let (keys, _) = harness.instance();
    keys.make_ready().await.unwrap();
    assert!(keys.look_again().await);
    assert!(!keys.look_again().await);
}
