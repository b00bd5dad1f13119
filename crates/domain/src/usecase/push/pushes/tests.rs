use std::time::Duration;

use super::*;
use crate::model::{OpenId, Profile, SealedPhone, UserId};
use crate::ports::{MockAccountStore, NewPhone, PhoneOutcome, Sealed};
use crate::testing::contract::{Sample, app_id};
use crate::testing::{FakePushReader, FakeSealer, FakeWechatCrypto};
use crate::usecase::test_house::House;

const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const INFO_MODIFIED: &str = "user_info_modified";
const REVOKED: &str = "user_authorization_revoke";
const CANCELLED: &str = "user_authorization_cancellation";

struct Office {
    house: House,
    pushes: Pushes,
}

/// A push on its way.
struct Letter {
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

impl Office {
    async fn open() -> Self {
        let house = House::new().await;
        let accounts = house.stores.accounts.clone();
        let pushes = Self::wire(&house, accounts, Some(key()));
        Self { house, pushes }
    }

    fn wire(house: &House, accounts: Arc<dyn AccountStore>, key: Option<EncodingAesKey>) -> Pushes {
        Pushes::new(PushesParts {
            apps: vec![PushApp { id: app_id(1), token: token(), key }],
            access: house.access.clone(),
            crypto: Arc::new(FakeWechatCrypto),
            reader: Arc::new(FakePushReader),
            pushes: house.stores.pushes.clone(),
            accounts,
            revocations: house.revocations.clone(),
            sealer: Arc::new(FakeSealer),
            clock: house.clock.clone(),
            randomness: house.randomness.clone(),
        })
    }

    fn event(&self, name: &str, open_id: &str, more: &str) -> String {
        let at = self.house.clock.now().as_seconds();
        let app = app_id(1);
        format!(
            "MsgType=event\nEvent={name}\nCreateTime={at}\nOpenID={open_id}\nAppID={app}\n{more}"
        )
    }

    fn plain(&self, message: &str) -> Letter {
        let timestamp = self.house.clock.now().as_seconds().to_string();
        let stamp = PushStamp::parse(&timestamp, "nonce").unwrap();
        Letter {
            signature: FakeWechatCrypto.sign_push(&token(), &stamp, None),
            message_signature: String::new(),
            timestamp,
            nonce: "nonce".into(),
            body: message.into(),
        }
    }

    fn safe(&self, message: &str) -> Letter {
        self.safe_for(&app_id(1), message)
    }

    fn safe_for(&self, app: &AppId, message: &str) -> Letter {
        let ciphertext = FakeWechatCrypto.encrypt_push(&key(), app, message);
        let letter = self.plain("");
        let stamp = PushStamp::parse(&letter.timestamp, &letter.nonce).unwrap();
        Letter {
            message_signature: FakeWechatCrypto.sign_push(&token(), &stamp, Some(&ciphertext)),
            body: format!("Encrypt={ciphertext}"),
            ..letter
        }
    }

    async fn receive(&self, letter: &Letter) -> Result<(), PushError> {
        receive(&self.pushes, letter).await
    }

    /// An event in safe mode about somebody.
    async fn hear(&self, name: &str, open_id: &str, more: &str) {
        let letter = self.safe(&self.event(name, open_id, more));
        assert_eq!(self.receive(&letter).await, Ok(()));
    }

    /// Somebody with a nickname and an avatar.
    async fn somebody(&self, open_id: &str) -> UserId {
        let picture = "https://cdn.example.com/a.png";
        let login = Sample::of(open_id).named("Alice").pictured(picture);
        login.sign_in(&self.house.stores).await.user.id
    }

    async fn user(&self, id: UserId) -> Option<User> {
        self.house.stores.accounts.find_user(id).await.unwrap()
    }

    async fn profile(&self, id: UserId) -> Profile {
        let User { nickname, avatar_url, .. } = self.user(id).await.unwrap();
        Profile { nickname, avatar_url }
    }
}

async fn receive(pushes: &Pushes, letter: &Letter) -> Result<(), PushError> {
    pushes.receive(app_id(1).as_str(), letter.query(), letter.body.as_bytes()).await
}

impl Letter {
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
async fn what_is_taken_back_is_cleared_and_nothing_else() {
    for (numbers, nickname, avatar) in [
        ("6", false, false),
        ("19", false, true),
        ("20", true, false),
        ("8", true, true),
        ("13", true, true),
        ("8,19,20", false, false),
    ] {
        let office = Office::open().await;
        let user = office.somebody("oAlice").await;
        office.hear(REVOKED, "oAlice", &format!("RevokeInfo={numbers}")).await;
        let left = office.profile(user).await;
        assert_eq!(left.nickname.is_some(), nickname, "{numbers}");
        assert_eq!(left.avatar_url.is_some(), avatar, "{numbers}");
    }
}

#[tokio::test]
async fn a_phone_number_that_is_taken_back_is_gone() {
    let office = Office::open().await;
    let user = office.somebody("oAlice").await;
    let phone = NewPhone {
        user_id: user,
        phone: SealedPhone { sealed: Sealed(vec![1]), tag: KeyedTag([1; 32]) },
        now: office.house.clock.now(),
    };
    let set = office.house.stores.accounts.set_phone(phone).await.unwrap();
    assert!(matches!(set, PhoneOutcome::Stored(_)), "{set:?}");
    office.hear(REVOKED, "oAlice", "RevokeInfo=6").await;
    assert!(office.user(user).await.unwrap().phone.is_some());
    office.hear(REVOKED, "oAlice", "RevokeInfo=8").await;
    assert_eq!(office.user(user).await.unwrap().phone, None);
}

#[tokio::test]
async fn a_profile_that_wechat_has_cleaned_is_cleared() {
    let office = Office::open().await;
    let (alice, bob) = (office.somebody("oAlice").await, office.somebody("oBob").await);
    office.hear(INFO_MODIFIED, "oAlice", "").await;
    assert_eq!(office.profile(alice).await, Profile::default());
    assert_ne!(office.profile(bob).await, Profile::default());
}

#[tokio::test]
async fn a_closed_wechat_account_takes_its_identity_and_the_user_with_the_last() {
    let office = Office::open().await;
    let house = &office.house;
    let (user, _, access, refresh) = house.sign_in("oAlice").await;
    assert!(house.introspection.verify(&access).await.is_ok());
    office.hear(CANCELLED, "oAlice", "").await;
    assert_eq!(office.user(user.id).await, None);
    assert!(house.introspection.verify(&access).await.is_err());
    assert!(house.refresh.refresh(&refresh).await.is_err());

    let here = Sample::of("oBob").with_union("uBob").sign_in(&house.stores).await.user;
    let there = Sample::of("oBobThere").in_app(2).with_union("uBob");
    assert_eq!(there.sign_in(&house.stores).await.user.id, here.id);
    office.hear(CANCELLED, "oBob", "").await;
    let left = house.stores.accounts.identities(here.id).await.unwrap();
    assert_eq!(left.len(), 1, "who has another identity stays");
    assert_eq!(left[0].key.open_id, OpenId::parse("oBobThere").unwrap());
}

#[tokio::test]
async fn plain_mode_and_unknown_events_destroy_nothing_and_are_counted() {
    let office = Office::open().await;
    let user = office.somebody("oAlice").await;
    for name in [INFO_MODIFIED, REVOKED, CANCELLED, "debug_demo"] {
        let letter = office.plain(&office.event(name, "oAlice", "RevokeInfo=6"));
        assert_eq!(office.receive(&letter).await, Ok(()), "{name}");
    }
    assert_eq!(office.pushes.left(), PushesLeft { plain: 4, other: 0, repeated: 0 });
    office.hear("debug_demo", "oAlice", "").await;
    office.hear(CANCELLED, "", "").await;
    office.hear(CANCELLED, "oNobody", "").await;
    assert_eq!(office.pushes.left(), PushesLeft { plain: 4, other: 2, repeated: 0 });
    assert!(office.profile(user).await.nickname.is_some());
}

#[tokio::test]
async fn a_repetition_is_recognised_under_another_signature() {
    let office = Office::open().await;
    let first = office.somebody("oAlice").await;
    let message = office.event(CANCELLED, "oAlice", "");
    assert_eq!(office.receive(&office.safe(&message)).await, Ok(()));
    assert_eq!(office.user(first).await, None);
    let again = office.somebody("oAlice").await;
    office.house.clock.advance(Duration::from_secs(5));
    assert_eq!(office.receive(&office.safe(&message)).await, Ok(()));
    assert!(office.user(again).await.is_some(), "who has come back since stays");
    assert_eq!(office.pushes.left().repeated, 1);
}

#[tokio::test]
async fn what_is_not_wechats_or_not_of_now_is_refused() {
    let office = Office::open().await;
    let user = office.somebody("oAlice").await;
    let message = office.event(CANCELLED, "oAlice", "");
    let good = || office.safe(&message);
    let other_app = message.replace(app_id(1).as_str(), app_id(2).as_str());
    let sealed_twice = good().body;
    let plain = || office.plain(&message);
    let cases = [
        ("no signature", Letter { message_signature: String::new(), ..good() }),
        ("the plain signature", Letter { message_signature: good().signature, ..good() }),
        ("another message", Letter { body: office.safe("MsgType=text").body, ..good() }),
        ("another nonce", Letter { nonce: "other".into(), ..good() }),
        ("a bent timestamp", Letter { timestamp: "1700000000".into(), ..good() }),
        ("no shape", Letter { timestamp: "now".into(), ..good() }),
        ("no push", office.safe("no push")),
        ("encrypted twice", office.safe(&sealed_twice)),
        ("encrypted for another app", office.safe_for(&app_id(2), &message)),
        ("about another app", office.safe(&other_app)),
        ("not encrypted, badly signed", Letter { signature: "0".repeat(40), ..plain() }),
        ("nothing", Letter { body: String::new(), ..plain() }),
    ];
    for (case, letter) in &cases {
        assert_eq!(office.receive(letter).await, Err(PushError::Refused), "{case}");
    }
    let late = good();
    let no_key = Office::wire(&office.house, office.house.stores.accounts.clone(), None);
    assert_eq!(receive(&no_key, &late).await, Err(PushError::Refused));
    office.house.clock.advance(PushStamp::FRESH + Duration::from_secs(1));
    assert_eq!(office.receive(&late).await, Err(PushError::Refused), "an old one");
    assert_eq!(office.receive(&good()).await, Err(PushError::Refused), "old under a new signature");
    assert!(office.user(user).await.is_some());
    let unknown = office.pushes.receive("wx0000000000000009", late.query(), b"").await;
    assert_eq!(unknown, Err(PushError::UnknownApp));
    assert_eq!(office.pushes.left(), PushesLeft::default());
}

#[tokio::test]
async fn who_asks_for_the_address_has_to_know_the_token() {
    let office = Office::open().await;
    let app = app_id(1);
    let verify = |letter: &Letter| office.pushes.verify(app.as_str(), letter.query());
    let good = office.plain("");
    assert_eq!(verify(&good), Ok(()));
    let forged = Letter { signature: "0".repeat(40), ..office.plain("") };
    assert_eq!(verify(&forged), Err(PushError::Refused));
    office.house.clock.advance(PushStamp::FRESH + Duration::from_secs(1));
    assert_eq!(verify(&good), Err(PushError::Refused));
}

#[tokio::test]
async fn what_could_not_be_done_is_done_when_it_comes_again() {
    let office = Office::open().await;
    let user = office.somebody("oAlice").await;
    let letter = office.safe(&office.event(CANCELLED, "oAlice", ""));
    let mut away = MockAccountStore::new();
    away.expect_find_by_identity().returning(|_| Err(StoreError::Unavailable("down".into())));
    let failing = Office::wire(&office.house, Arc::new(away), Some(key()));
    assert!(matches!(receive(&failing, &letter).await, Err(PushError::Store(_))));
    assert!(office.user(user).await.is_some());
    assert_eq!(office.receive(&letter).await, Ok(()));
    assert_eq!(office.user(user).await, None);
}

#[tokio::test]
async fn housekeeping_forgets_what_is_refused_for_its_age_anyway() {
    let office = Office::open().await;
    office.somebody("oAlice").await;
    let message = office.event(INFO_MODIFIED, "oAlice", "");
    assert_eq!(office.receive(&office.safe(&message)).await, Ok(()));
    let tag = || {
        let fields = office.safe(&message);
        assert!(!fields.body.is_empty());
        let Push::Event(event) =
            Push::read(&FakePushReader.read(message.as_bytes()).unwrap()).unwrap()
        else {
            panic!("this is plain")
        };
        let order = Order::of(event, &app_id(1)).unwrap();
        FakeSealer.tag(TagPurpose::Push, &order.content)
    };
    let pushes = &office.house.stores.pushes;
    office.house.housekeeping.run().await.unwrap();
    assert_eq!(pushes.is_remembered(tag()).await, Ok(true));
    office.house.clock.advance(Duration::from_mins(61));
    office.house.housekeeping.run().await.unwrap();
    assert_eq!(pushes.is_remembered(tag()).await, Ok(false));
}
