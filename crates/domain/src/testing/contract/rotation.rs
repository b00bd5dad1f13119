//! Rotating the master key: what the previous key has encrypted or tagged.

use std::time::Duration;

use futures_util::future::join_all;

use super::Sample;
use super::actions::{after, erase_user, set_status};
use crate::model::{PhoneNumber, User, UserId, UserStatus};
use crate::ports::{
    Cell, Deployment, DeploymentKind, ErasureStep, KeyedTag, LoginOutcome, LoginRecord, NewPhone,
    PhoneOutcome, Place, Replacement, Sealed, Sealer, StoredSigningKey, Stores, Table,
};
use crate::testing::FakeMasterKeys;
use crate::usecase::Progress;
use crate::usecase::operations::reseal::{Resealed, reseal};
use crate::usecase::profile::phone::sealing::{open_phone, previous_phone_tags, seal_phone};
use crate::usecase::wechat::session_key_sealing::{open_session_key, seal_session_key};

/// The instances before the rotation, those during it, and those after it.
const BEFORE: &[u8] = &[1];
const DURING: &[u8] = &[2, 1];
const AFTER: &[u8] = &[2];

const IDLE: Duration = Duration::from_hours(1);

struct Silent;

impl Progress for Silent {
    fn begin(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
}

async fn resealed(stores: &Stores, now: u64) -> Resealed {
    reseal(stores, &FakeMasterKeys::of(DURING), 2, IDLE, after(now), &Silent).await.unwrap()
}

/// A login whose session key is this text, encrypted by an instance with these master keys.
fn login(keys: &[u8], login: &Sample, text: &str) -> LoginRecord {
    let mut record = login.record();
    let key = crate::model::SessionKey::parse(text).unwrap();
    record.session_key =
        seal_session_key(&FakeMasterKeys::of(keys), &record.identity, &key).unwrap();
    record
}

async fn sign_in(stores: &Stores, record: LoginRecord) -> User {
    match stores.accounts.record_login(record).await.unwrap() {
        LoginOutcome::SignedIn { user, .. } => user,
        other => panic!("expected a sign-in, got {other:?}"),
    }
}

fn number(digits: usize) -> PhoneNumber {
    PhoneNumber::parse("86", &format!("138{digits:08}")).unwrap()
}

/// Gives the user a number, through an instance with these master keys.
async fn bind(stores: &Stores, keys: &[u8], user_id: UserId, number: &PhoneNumber) -> PhoneOutcome {
    let sealer = FakeMasterKeys::of(keys);
    let phone = seal_phone(&sealer, user_id, number).unwrap();
    let previous_tags = previous_phone_tags(&sealer, number);
    let new = NewPhone { user_id, phone, previous_tags, now: after(7) };
    stores.accounts.set_phone(new).await.unwrap()
}

async fn phone_of(stores: &Stores, keys: &[u8], id: UserId) -> Option<PhoneNumber> {
    let phone = stores.accounts.find_user(id).await.unwrap().unwrap().phone.unwrap();
    open_phone(&FakeMasterKeys::of(keys), id, &phone).ok()
}

/// The current and the previous session key, as an instance with these master keys sees them.
async fn session_keys(stores: &Stores, keys: &[u8], login: &Sample) -> [Option<String>; 2] {
    let identity = login.record().identity;
    let stored = stores.session_keys.find_session_keys(&identity).await.unwrap().unwrap();
    let open = |sealed: &Sealed| {
        let key = open_session_key(&FakeMasterKeys::of(keys), &identity, sealed).ok();
        key.map(|key| key.expose().to_owned())
    };
    [open(&stored.current.sealed), stored.previous.and_then(|(sealed, _)| open(&sealed))]
}

/// A session key that differs for each number.
fn text(number: usize) -> String {
    format!("{number:021}A==")
}

fn signing_key_place<'a>(row: &'a [&'a [u8]]) -> Place<'a> {
    Place { table: "signing_keys", column: "private_key", row }
}

async fn claim(stores: &Stores) {
    let key_check = FakeMasterKeys::of(BEFORE).key_check();
    let deployment = Deployment { key_check, kind: DeploymentKind::Production, rotation: None };
    stores.deployment.claim(deployment).await.unwrap();
}

pub async fn values_under_a_previous_master_key_are_encrypted_again(stores: &Stores) {
    claim(stores).await;
    let row = 1_u32.to_be_bytes();
    let private_key = FakeMasterKeys::of(BEFORE).seal(signing_key_place(&[&row]), b"private");
    let key = StoredSigningKey {
        generation: 1,
        kid: "kid".into(),
        private_key: private_key.unwrap(),
        created_at: after(0),
        active_from: after(0),
        revoked_at: None,
    };
    stores.keys.insert_if_absent(key.clone()).await.unwrap();
    let people = (0..5).map(|n| Sample::of(&format!("oPerson{n}"))).collect::<Vec<_>>();
    let mut ids = Vec::new();
    for (n, person) in people.iter().enumerate() {
        sign_in(stores, login(BEFORE, person, &text(n))).await;
        let again = Sample::of(&format!("oPerson{n}")).at(5);
        ids.push(sign_in(stores, login(BEFORE, &again, &text(n + 10))).await.id);
        bind(stores, BEFORE, ids[n], &number(n)).await;
    }
    let expected = |n: usize| [Some(text(n + 10)), Some(text(n))];
    for keys in [BEFORE, DURING] {
        for (n, person) in people.iter().enumerate() {
            assert_eq!(session_keys(stores, keys, person).await, expected(n), "{keys:?}");
            assert_eq!(phone_of(stores, keys, ids[n]).await, Some(number(n)), "{keys:?}");
        }
    }

    let done = resealed(stores, 100).await;
    assert_eq!((done.values, done.unreadable), (1 + 5 * 3, 0));
    assert_eq!(done.previous_until, Some(after(100).plus(IDLE)));
    for (n, person) in people.iter().enumerate() {
        assert_eq!(session_keys(stores, AFTER, person).await, expected(n));
        assert_eq!(phone_of(stores, AFTER, ids[n]).await, Some(number(n)));
        let bound = bind(stores, AFTER, ids[(n + 1) % 5], &number(n)).await;
        assert_eq!(bound, PhoneOutcome::Taken, "its tag is the new key's");
    }
    let stored = stores.keys.signing_keys().await.unwrap().remove(0);
    let opened = FakeMasterKeys::of(AFTER).open(signing_key_place(&[&row]), &stored.private_key);
    assert_eq!(opened.unwrap().as_slice(), b"private");
    assert_eq!(stored, StoredSigningKey { private_key: stored.private_key.clone(), ..key });
    let deployment = stores.deployment.deployment().await.unwrap().unwrap();
    assert_eq!(deployment.key_check, FakeMasterKeys::of(AFTER).key_check());
    assert_eq!(deployment.rotation.map(|rotation| rotation.at), Some(after(100)));

    let again = resealed(stores, 200).await;
    assert_eq!(again, Resealed { values: 0, ..done }, "repeating it is harmless");
}

pub async fn a_concurrent_change_is_not_overwritten(stores: &Stores) {
    let alice = Sample::of("oAlice");
    let id = sign_in(stores, login(BEFORE, &alice, &text(1))).await.id;
    bind(stores, BEFORE, id, &number(1)).await;
    let read = async |table: &str, column: &'static str| {
        let table = Table::named(table).unwrap();
        let row = stores.transfer.page(table, None, 10).await.unwrap().rows.remove(0);
        let Cell::Bytes(from) = row.0[table.position(column).unwrap()].clone() else {
            panic!("{column} is not bytes")
        };
        let key = row.0[..table.key].to_vec();
        let tag = Some((
            if column == "phone" { "phone_tag" } else { "session_key_tag" },
            KeyedTag([9; 32]),
        ));
        (table, vec![Replacement { key, column, from, to: vec![9; 50], tag }])
    };
    let (users, phone) = read("users", "phone").await;
    let (identities, session_key) = read("identities", "session_key").await;
    bind(stores, DURING, id, &number(2)).await;
    sign_in(stores, login(DURING, &Sample::of("oAlice").at(9), &text(2))).await;
    stores.transfer.replace(users, phone).await.unwrap();
    stores.transfer.replace(identities, session_key).await.unwrap();
    assert_eq!(phone_of(stores, AFTER, id).await, Some(number(2)));
    assert_eq!(session_keys(stores, DURING, &alice).await, [Some(text(2)), Some(text(1))]);
    let bob = Sample::of("oBob").sign_in(stores).await.user.id;
    assert_eq!(bind(stores, AFTER, bob, &number(2)).await, PhoneOutcome::Taken, "the tag stayed");
}

pub async fn logins_go_on_while_everything_is_encrypted_again(stores: &Stores) {
    claim(stores).await;
    let names = (0..6).map(|n| format!("oPerson{n}")).collect::<Vec<_>>();
    let mut ids = Vec::new();
    for (n, name) in names.iter().enumerate() {
        ids.push(sign_in(stores, login(BEFORE, &Sample::of(name), &text(n))).await.id);
        bind(stores, BEFORE, ids[n], &number(n)).await;
    }
    let tasks = names.iter().zip(&ids).enumerate().map(|(n, (name, id))| {
        let (stores, name, id) = (stores.clone(), name.clone(), *id);
        tokio::spawn(async move {
            for round in 1..=5 {
                let again = Sample::of(&name).at(10 * round).named("Alice");
                sign_in(&stores, login(DURING, &again, &text(n + 100))).await;
                bind(&stores, DURING, id, &number(n + 100)).await;
            }
        })
    });
    let (done, logins) = tokio::join!(resealed(stores, 100), join_all(tasks));
    assert_eq!(done.unreadable, 0);
    assert!(logins.into_iter().all(|login| login.is_ok()));
    resealed(stores, 200).await;
    for (n, id) in ids.iter().enumerate() {
        let [current, _] = session_keys(stores, AFTER, &Sample::of(&names[n])).await;
        assert_eq!(current, Some(text(n + 100)));
        assert_eq!(phone_of(stores, AFTER, *id).await, Some(number(n + 100)));
    }
}

pub async fn a_phone_number_has_one_user_under_two_master_keys(stores: &Stores) {
    claim(stores).await;
    let alice = Sample::of("oAlice").sign_in(stores).await.user.id;
    let bob = Sample::of("oBob").sign_in(stores).await.user.id;
    bind(stores, BEFORE, alice, &number(1)).await;
    // The instances get the new key one after the other: first to decrypt, then to encrypt.
    for keys in [&[1, 2], DURING] {
        assert_eq!(bind(stores, keys, bob, &number(1)).await, PhoneOutcome::Taken, "{keys:?}");
        let own = bind(stores, keys, alice, &number(1)).await;
        assert!(matches!(own, PhoneOutcome::Stored(_)), "{keys:?}");
    }
    bind(stores, BEFORE, bob, &number(2)).await;
    resealed(stores, 100).await;
    for keys in [&[1, 2], DURING, AFTER] {
        for (user, other) in [(alice, 2), (bob, 1)] {
            let bound = bind(stores, keys, user, &number(other)).await;
            assert_eq!(bound, PhoneOutcome::Taken, "{keys:?}");
        }
    }
}

pub async fn concurrent_users_under_two_master_keys_share_no_phone_number(stores: &Stores) {
    let mut users = Vec::new();
    for n in 0..8 {
        users.push(Sample::of(&format!("oPerson{n}")).sign_in(stores).await.user.id);
    }
    for round in 0..5 {
        let tasks = users.iter().enumerate().map(|(n, id)| {
            let (stores, id) = (stores.clone(), *id);
            let keys = if n.is_multiple_of(2) { &[1, 2] } else { DURING };
            tokio::spawn(async move { bind(&stores, keys, id, &number(round)).await })
        });
        let outcomes = join_all(tasks).await.into_iter().map(Result::unwrap);
        let stored = outcomes.filter(|outcome| matches!(outcome, PhoneOutcome::Stored(_)));
        assert_eq!(stored.count(), 1, "round {round}");
    }
}

pub async fn a_ban_outlives_a_rotation(stores: &Stores) {
    claim(stores).await;
    let alice = Sample::of("oAlice").with_union("uAlice").sign_in(stores).await.user.id;
    let bob = Sample::of("oBob").sign_in(stores).await.user.id;
    for banned in [alice, bob] {
        set_status(stores, banned, UserStatus::Disabled).await;
    }
    erase_user(stores, alice, ErasureStep::Complete, 9).await;
    resealed(stores, 100).await;
    let other_app = Sample::of("oOther").in_app(2).with_union("uAlice");
    for login in [Sample::of("oAlice"), other_app, Sample::of("oBob")] {
        assert_eq!(login.outcome(stores).await, LoginOutcome::Disabled);
    }
    // An account that is erased after the rotation leaves the same tombstone.
    erase_user(stores, bob, ErasureStep::Complete, 10).await;
    assert_eq!(Sample::of("oBob").outcome(stores).await, LoginOutcome::Disabled);
}
