use std::ops::Deref;
use std::time::Duration;

use super::*;
use crate::model::{AppId, EncodingAesKey, OpenId, Profile, SealedPhone, Secret, User, UserId};
use crate::ports::{Clock, MockAccountStore, NewPhone, PhoneOutcome, PushReader, Sealed, Sealer};
use crate::testing::contract::{Sample, app_id};
use crate::testing::{FakeMasterKeys, FakePushReader, FakeSealer, FakeWechatCrypto};
use crate::usecase::harness::{Harness, address};

const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const INFO_MODIFIED: &str = "user_info_modified";
const REVOKED: &str = "user_authorization_revoke";
const CANCELLED: &str = "user_authorization_cancellation";

/// An instance that accepts pushes for an app.
struct PushHarness(Harness);

impl Deref for PushHarness {
    type Target = Harness;

    fn deref(&self) -> &Harness {
        &self.0
    }
}

/// A push.
struct SentPush {
    timestamp: String,
    nonce: String,
    signature: String,
    message_signature: String,
    body: String,
}

fn token() -> Secret {
    Secret::new("push token")
}

fn key() -> EncodingAesKey {
    EncodingAesKey::parse(KEY).unwrap()
}

impl PushHarness {
    async fn new() -> Self {
        let app = PushApp { id: app_id(1), token: token(), key: Some(key()) };
        Self(Harness::with(|_, policies| policies.pushes = vec![app]).await)
    }

    fn event(&self, name: &str, open_id: &str, more: &str) -> String {
        let at = self.clock.now().as_seconds();
        let app = app_id(1);
        format!(
            "MsgType=event\nEvent={name}\nCreateTime={at}\nOpenID={open_id}\nAppID={app}\n{more}"
        )
    }

    fn plain(&self, message: &str) -> SentPush {
        let timestamp = self.clock.now().as_seconds().to_string();
        let stamp = PushStamp::parse(&timestamp, "nonce").unwrap();
        SentPush {
            signature: FakeWechatCrypto.sign_push(&token(), &stamp, None),
            message_signature: String::new(),
            timestamp,
            nonce: "nonce".into(),
            body: message.into(),
        }
    }

    fn safe(&self, message: &str) -> SentPush {
        self.safe_for(&app_id(1), message)
    }

    fn safe_for(&self, app: &AppId, message: &str) -> SentPush {
        let ciphertext = FakeWechatCrypto.encrypt_push(&key(), app, message);
        let push = self.plain("");
        let stamp = PushStamp::parse(&push.timestamp, &push.nonce).unwrap();
        SentPush {
            message_signature: FakeWechatCrypto.sign_push(&token(), &stamp, Some(&ciphertext)),
            body: format!("Encrypt={ciphertext}"),
            ..push
        }
    }

    async fn receive(&self, push: &SentPush) -> Result<(), PushError> {
        receive(&self.pushes, push).await
    }

    /// Pushes an event in safe mode.
    async fn push(&self, name: &str, open_id: &str, more: &str) {
        let push = self.safe(&self.event(name, open_id, more));
        assert_eq!(self.receive(&push).await, Ok(()));
    }

    /// Signs in a user with a nickname and an avatar.
    async fn sign_in_with_profile(&self, open_id: &str) -> UserId {
        let picture = "https://cdn.example.com/a.png";
        let login = Sample::of(open_id).named("Alice").pictured(picture);
        login.sign_in(&self.stores).await.user.id
    }

    async fn user(&self, id: UserId) -> Option<User> {
        self.stores.accounts.find_user(id).await.unwrap()
    }

    async fn profile(&self, id: UserId) -> Profile {
        let User { nickname, avatar_url, .. } = self.user(id).await.unwrap();
        Profile { nickname, avatar_url }
    }
}

async fn receive(pushes: &Pushes, push: &SentPush) -> Result<(), PushError> {
    pushes.receive(app_id(1).as_str(), push.query(), push.body.as_bytes()).await
}

impl SentPush {
    fn query(&self) -> PushQuery<'_> {
        PushQuery {
            timestamp: &self.timestamp,
            nonce: &self.nonce,
            signature: &self.signature,
            message_signature: &self.message_signature,
        }
    }
}

#[tokio::test]
async fn revoked_fields_are_cleared_and_no_others() {
    for (numbers, nickname, avatar) in [
        ("6", false, false),
        ("19", false, true),
        ("20", true, false),
        ("8", true, true),
        ("13", true, true),
        ("8,19,20", false, false),
    ] {
        let harness = PushHarness::new().await;
        let user = harness.sign_in_with_profile("oAlice").await;
        harness.push(REVOKED, "oAlice", &format!("RevokeInfo={numbers}")).await;
        let left = harness.profile(user).await;
        assert_eq!(left.nickname.is_some(), nickname, "{numbers}");
        assert_eq!(left.avatar_url.is_some(), avatar, "{numbers}");
    }
}

#[tokio::test]
async fn a_revoked_phone_number_is_cleared() {
    let harness = PushHarness::new().await;
    let user = harness.sign_in_with_profile("oAlice").await;
    let phone = NewPhone {
        user_id: user,
        phone: SealedPhone { sealed: Sealed(vec![1]), tag: KeyedTag([1; 32]) },
        previous_tags: Vec::new(),
        now: harness.clock.now(),
    };
    let set = harness.stores.accounts.set_phone(phone).await.unwrap();
    assert!(matches!(set, PhoneOutcome::Stored(_)), "{set:?}");
    harness.push(REVOKED, "oAlice", "RevokeInfo=6").await;
    assert!(harness.user(user).await.unwrap().phone.is_some());
    harness.push(REVOKED, "oAlice", "RevokeInfo=8").await;
    assert_eq!(harness.user(user).await.unwrap().phone, None);
}

#[tokio::test]
async fn a_profile_that_wechat_has_cleaned_is_cleared() {
    let harness = PushHarness::new().await;
    let (alice, bob) =
        (harness.sign_in_with_profile("oAlice").await, harness.sign_in_with_profile("oBob").await);
    harness.push(INFO_MODIFIED, "oAlice", "").await;
    assert_eq!(harness.profile(alice).await, Profile::default());
    assert_ne!(harness.profile(bob).await, Profile::default());
}

#[tokio::test]
async fn a_closed_wechat_account_takes_its_identity_and_the_user_with_the_last() {
    let harness = PushHarness::new().await;
    let (user, _, access, refresh) = harness.sign_in("oAlice").await;
    assert!(harness.introspection.verify(&access).await.is_ok());
    harness.push(CANCELLED, "oAlice", "").await;
    assert_eq!(harness.user(user.id).await, None);
    assert!(harness.introspection.verify(&access).await.is_err());
    assert!(harness.refresh.refresh(&refresh, address()).await.is_err());

    let here = Sample::of("oBob").with_union("uBob").sign_in(&harness.stores).await.user;
    let there = Sample::of("oBobThere").in_app(2).with_union("uBob");
    assert_eq!(there.sign_in(&harness.stores).await.user.id, here.id);
    harness.push(CANCELLED, "oBob", "").await;
    let left = harness.stores.accounts.identities(here.id).await.unwrap();
    assert_eq!(left.len(), 1, "who has another identity stays");
    assert_eq!(left[0].key.open_id, OpenId::parse("oBobThere").unwrap());
}

#[tokio::test]
async fn plain_mode_and_unknown_events_erase_nothing_and_are_counted() {
    let harness = PushHarness::new().await;
    let user = harness.sign_in_with_profile("oAlice").await;
    for name in [INFO_MODIFIED, REVOKED, CANCELLED, "debug_demo"] {
        let push = harness.plain(&harness.event(name, "oAlice", "RevokeInfo=6"));
        assert_eq!(harness.receive(&push).await, Ok(()), "{name}");
    }
    assert_eq!(harness.pushes.left(), PushesLeft { plain: 4, other: 0, repeated: 0 });
    harness.push("debug_demo", "oAlice", "").await;
    harness.push(CANCELLED, "", "").await;
    harness.push(CANCELLED, "oNobody", "").await;
    assert_eq!(harness.pushes.left(), PushesLeft { plain: 4, other: 2, repeated: 0 });
    assert!(harness.profile(user).await.nickname.is_some());
}

#[tokio::test]
async fn a_repetition_is_recognised_under_another_signature() {
    let harness = PushHarness::new().await;
    let first = harness.sign_in_with_profile("oAlice").await;
    let message = harness.event(CANCELLED, "oAlice", "");
    assert_eq!(harness.receive(&harness.safe(&message)).await, Ok(()));
    assert_eq!(harness.user(first).await, None);
    let again = harness.sign_in_with_profile("oAlice").await;
    harness.clock.advance(Duration::from_secs(5));
    assert_eq!(harness.receive(&harness.safe(&message)).await, Ok(()));
    assert!(harness.user(again).await.is_some(), "who has come back since stays");
    assert_eq!(harness.pushes.left().repeated, 1);
}

#[tokio::test]
async fn forged_and_expired_pushes_are_refused() {
    let harness = PushHarness::new().await;
    let user = harness.sign_in_with_profile("oAlice").await;
    let message = harness.event(CANCELLED, "oAlice", "");
    let good = || harness.safe(&message);
    let other_app = message.replace(app_id(1).as_str(), app_id(2).as_str());
    let sealed_twice = good().body;
    let plain = || harness.plain(&message);
    let cases = [
        ("no signature", SentPush { message_signature: String::new(), ..good() }),
        ("the plain signature", SentPush { message_signature: good().signature, ..good() }),
        ("another message", SentPush { body: harness.safe("MsgType=text").body, ..good() }),
        ("another nonce", SentPush { nonce: "other".into(), ..good() }),
        ("a bent timestamp", SentPush { timestamp: "1700000000".into(), ..good() }),
        ("no shape", SentPush { timestamp: "now".into(), ..good() }),
        ("no push", harness.safe("no push")),
        ("encrypted twice", harness.safe(&sealed_twice)),
        ("encrypted for another app", harness.safe_for(&app_id(2), &message)),
        ("about another app", harness.safe(&other_app)),
        ("not encrypted, badly signed", SentPush { signature: "0".repeat(40), ..plain() }),
        ("nothing", SentPush { body: String::new(), ..plain() }),
    ];
    for (case, push) in &cases {
        assert_eq!(harness.receive(push).await, Err(PushError::Refused), "{case}");
    }
    let late = good();
    let no_key = harness.another(|_, policies| policies.pushes[0].key = None).await;
    assert_eq!(receive(&no_key.pushes, &late).await, Err(PushError::Refused));
    harness.clock.advance(PushStamp::FRESH + Duration::from_secs(1));
    assert_eq!(harness.receive(&late).await, Err(PushError::Refused), "an old one");
    assert_eq!(
        harness.receive(&good()).await,
        Err(PushError::Refused),
        "old under a new signature"
    );
    assert!(harness.user(user).await.is_some());
    let unknown = harness.pushes.receive("wx0000000000000009", late.query(), b"").await;
    assert_eq!(unknown, Err(PushError::UnknownApp));
    assert_eq!(harness.pushes.left(), PushesLeft::default());
}

#[tokio::test]
async fn the_url_is_verified_with_the_token() {
    let harness = PushHarness::new().await;
    let app = app_id(1);
    let verify = |push: &SentPush| harness.pushes.verify(app.as_str(), push.query());
    let good = harness.plain("");
    assert_eq!(verify(&good), Ok(()));
    let forged = SentPush { signature: "0".repeat(40), ..harness.plain("") };
    assert_eq!(verify(&forged), Err(PushError::Refused));
    harness.clock.advance(PushStamp::FRESH + Duration::from_secs(1));
    assert_eq!(verify(&good), Err(PushError::Refused));
}

#[tokio::test]
async fn a_repetition_completes_what_failed() {
    let harness = PushHarness::new().await;
    let user = harness.sign_in_with_profile("oAlice").await;
    let push = harness.safe(&harness.event(CANCELLED, "oAlice", ""));
    let mut away = MockAccountStore::new();
    away.expect_find_by_identity().returning(|_| Err(StoreError::Unavailable("down".into())));
    let failing = harness.another(|ports, _| ports.stores.accounts = Arc::new(away)).await;
    assert!(matches!(receive(&failing.pushes, &push).await, Err(PushError::Store(_))));
    assert!(harness.user(user).await.is_some());
    assert_eq!(harness.receive(&push).await, Ok(()));
    assert_eq!(harness.user(user).await, None);
}

#[tokio::test]
async fn a_push_is_recognised_after_the_master_key_was_rotated() {
    let app = PushApp { id: app_id(1), token: token(), key: Some(key()) };
    let harness = PushHarness(
        Harness::with(|ports, policies| {
            policies.pushes = vec![app];
            ports.sealer = Arc::new(FakeMasterKeys::of(&[1]));
        })
        .await,
    );
    let user = harness.sign_in_with_profile("oAlice").await;
    let push = harness.safe(&harness.event(REVOKED, "oAlice", "RevokeInfo=19"));
    assert_eq!(harness.receive(&push).await, Ok(()));
    assert_eq!(harness.profile(user).await.nickname, None);
    harness.sign_in_with_profile("oAlice").await;
    let rotated = harness.another(|ports, _| ports.sealer = Arc::new(FakeMasterKeys::of(&[2, 1])));
    let rotated = rotated.await;
    assert_eq!(receive(&rotated.pushes, &push).await, Ok(()));
    assert_eq!(rotated.pushes.left().repeated, 1);
    assert!(harness.profile(user).await.nickname.is_some(), "it is not acted on again");
}

#[tokio::test]
async fn housekeeping_forgets_expired_pushes() {
    let harness = PushHarness::new().await;
    harness.sign_in_with_profile("oAlice").await;
    let message = harness.event(INFO_MODIFIED, "oAlice", "");
    assert_eq!(harness.receive(&harness.safe(&message)).await, Ok(()));
    let tag = || {
        let fields = harness.safe(&message);
        assert!(!fields.body.is_empty());
        let Push::Event(event) =
            Push::read(&FakePushReader.read(message.as_bytes()).unwrap()).unwrap()
        else {
            panic!("this is plain")
        };
        let request = Request::of(event, &app_id(1)).unwrap();
        FakeSealer.tag(TagPurpose::Push, &request.content)
    };
    let pushes = &harness.stores.pushes;
    harness.housekeeping.run().await.unwrap();
    assert_eq!(pushes.is_remembered(tag()).await, Ok(true));
    harness.clock.advance(Duration::from_mins(61));
    harness.housekeeping.run().await.unwrap();
    assert_eq!(pushes.is_remembered(tag()).await, Ok(false));
}
