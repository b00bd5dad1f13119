//! Reading the users of the system that wxlogin replaces.

use std::time::Duration;

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, DateTime, Document, doc};
use wxlogin_domain::model::Timestamp;
use wxlogin_domain::ports::LegacyValue::{Null, Other, Text};
use wxlogin_domain::ports::{LegacyUser, LegacyUsers, LegacyValue};
use wxlogin_mongo::{DatabaseSettings, LegacyDatabase, OpenError};

use crate::support::ScratchDatabase;

const SETTINGS: DatabaseSettings = DatabaseSettings {
    connections: 2,
    acquire_timeout: Duration::from_secs(5),
    statement_timeout: Duration::from_secs(20),
};

async fn read(scratch: &ScratchDatabase) -> Vec<LegacyUser> {
    let mut original = LegacyDatabase::open(&scratch.url, SETTINGS).await.unwrap();
    let mut users = Vec::new();
    loop {
        let batch = original.next().await.unwrap();
        if batch.is_empty() {
            return users;
        }
        users.extend(batch);
    }
}

async fn write(scratch: &ScratchDatabase, users: &[Document]) {
    let collection = scratch.content.collection::<Document>("users");
    collection.insert_many(users).await.unwrap();
}

fn object_id(number: u32) -> ObjectId {
    let mut bytes = [0; 12];
    bytes[..4].copy_from_slice(&(1_600_000_000 + number).to_be_bytes());
    ObjectId::from_bytes(bytes)
}

#[expect(clippy::unnecessary_wraps, reason = "a field of a row")]
fn text(text: &str) -> Option<LegacyValue> {
    Some(Text(text.into()))
}

#[expect(clippy::unnecessary_wraps, reason = "a field of a row")]
fn other(text: &str) -> Option<LegacyValue> {
    Some(Other(text.into()))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_is_read() {
    let Some(scratch) = ScratchDatabase::new().await else { return };
    let user = doc! {
        "_id": object_id(1),
        "openId": "oAlice",
        "sessionKey": "HyVFkGl5F5OQWJZZaNzBBg==",
        "userType": 2,
        "status": 1.0,
        "token": "a token nobody can check",
        "userName": "小明🎉",
        "avatarUrl": "https://cdn.example.com/a.png",
        "__v": 0,
    };
    write(&scratch, &[user]).await;
    let expected = LegacyUser {
        id: object_id(1).to_hex(),
        open_id: text("oAlice"),
        session_key: text("HyVFkGl5F5OQWJZZaNzBBg=="),
        user_type: other("2"),
        status: other("1"),
        user_name: text("小明🎉"),
        avatar_url: text("https://cdn.example.com/a.png"),
        created_at: Some(Timestamp::from_seconds(1_600_000_001)),
        other_fields: Vec::new(),
    };
    assert_eq!(read(&scratch).await, [expected]);
}

#[tokio::test(flavor = "multi_thread")]
async fn values_of_every_type_are_read_as_text() {
    let Some(scratch) = ScratchDatabase::new().await else { return };
    let values: [(Bson, LegacyValue); 9] = [
        ("0".into(), Text("0".into())),
        ("frozen".into(), Text("frozen".into())),
        (0.into(), Other("0".into())),
        (i64::MAX.into(), Other(i64::MAX.to_string())),
        (1.0.into(), Other("1".into())),
        (0.5.into(), Other("0.5".into())),
        (f64::NAN.into(), Other("NaN".into())),
        (true.into(), Other("true".into())),
        (Bson::Null, Null),
    ];
    let rows = values.iter().enumerate().map(|(n, (stored, _))| {
        doc! { "_id": format!("{n}"), "openId": stored, "status": stored, "userType": stored, "userName": stored }
    });
    write(&scratch, &rows.collect::<Vec<_>>()).await;
    for (user, (_, expected)) in read(&scratch).await.into_iter().zip(values) {
        let fields = [user.open_id, user.status, user.user_type, user.user_name];
        assert!(fields.iter().all(|field| *field == Some(expected.clone())), "{fields:?}");
        assert_eq!((user.avatar_url, user.created_at), (None, None));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn further_fields_that_hold_something_are_named() {
    let Some(scratch) = ScratchDatabase::new().await else { return };
    let row = doc! {
        "_id": "a",
        "phone": "13800138000",
        "unionId": "uAlice",
        "email": "",
        "address": Bson::Null,
        "orders": [],
        "settings": {},
        "isDeleted": false,
        "createdAt": "yesterday",
        "token": "a token nobody can check",
    };
    write(&scratch, &[row]).await;
    let [user] = read(&scratch).await.try_into().unwrap();
    assert_eq!(user.other_fields, ["phone", "unionId", "isDeleted", "createdAt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_time_of_creation_comes_before_that_of_the_id() {
    let Some(scratch) = ScratchDatabase::new().await else { return };
    let made = DateTime::from_millis(1_500_000_000_123);
    let rows = [
        doc! { "_id": "text", "createdAt": made },
        doc! { "_id": object_id(1), "createdAt": made },
        doc! { "_id": object_id(2), "createdAt": DateTime::MIN },
    ];
    write(&scratch, &rows).await;
    let times = read(&scratch).await.into_iter().map(|user| user.created_at);
    let made = Some(Timestamp::from_millis(1_500_000_000_123));
    let by_id = Some(Timestamp::from_seconds(1_600_000_002));
    assert_eq!(times.collect::<Vec<_>>(), [made, made, by_id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_of_every_type_are_read_once_and_in_order() {
    let Some(scratch) = ScratchDatabase::new().await else { return };
    let mut users = Vec::new();
    for n in 0..1203 {
        users.push(doc! { "_id": object_id(n) });
    }
    for n in 0..501 {
        users.push(doc! { "_id": format!("text {n:04}") });
    }
    let others: [Bson; 5] = [
        7.into(),
        8_i64.into(),
        true.into(),
        DateTime::from_millis(9).into(),
        doc! { "a": 1 }.into(),
    ];
    users.extend(others.into_iter().map(|id| doc! { "_id": id }));
    write(&scratch, &users).await;
    let mut original = LegacyDatabase::open(&scratch.url, SETTINGS).await.unwrap();
    assert_eq!(original.count().await, Ok(1709));
    let mut restarted = original.next().await.unwrap();
    original.restart();
    let read = read(&scratch).await;
    assert_eq!(read.len(), 1709);
    restarted.extend(original.next().await.unwrap());
    assert_eq!(restarted, [&read[..2], &read[..2]].concat(), "the first page, twice");
    let mut ids = read.iter().map(|user| user.id.as_str()).collect::<Vec<_>>();
    assert_eq!(ids[..2], ["7", "8"]);
    assert_eq!((ids[2], ids[502]), ("text 0000", "text 0500"));
    assert_eq!(ids[504], object_id(0).to_hex());
    assert_eq!(ids[1706], object_id(1202).to_hex());
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 1709);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_database_is_not_written() {
    let Some(scratch) = ScratchDatabase::new().await else { return };
    assert_eq!(read(&scratch).await, []);
    let mut original = LegacyDatabase::open(&scratch.url, SETTINGS).await.unwrap();
    assert_eq!(original.count().await, Ok(0));
    assert_eq!(scratch.content.list_collection_names().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn the_error_of_an_invalid_url_names_no_setting() {
    for url in ["", "mysql://x/y", "mongodb://", "mongodb://localhost", "mongodb+srv://x/y"] {
        let Err(error) = LegacyDatabase::open(url, SETTINGS).await else { panic!("{url} opens") };
        assert!(!matches!(error, OpenError::Store(_)), "{error:?}");
        assert!(!error.to_string().contains("database.url"), "{error}");
    }
}
