//! Reading the users of the system that wxlogin replaces.

use std::time::Duration;

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, DateTime, Document, doc};
use wxlogin_domain::model::Timestamp;
use wxlogin_domain::ports::LegacyNumber::{Other, Whole};
use wxlogin_domain::ports::{LegacyUser, LegacyUsers};
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
    };
    write(&scratch, &[user]).await;
    let expected = LegacyUser {
        id: object_id(1).to_hex(),
        open_id: Some("oAlice".into()),
        session_key: Some("HyVFkGl5F5OQWJZZaNzBBg==".into()),
        user_type: Whole(2),
        status: Whole(1),
        user_name: Some("小明🎉".into()),
        avatar_url: Some("https://cdn.example.com/a.png".into()),
        created_at: Some(Timestamp::from_seconds(1_600_000_001)),
    };
    assert_eq!(read(&scratch).await, [expected]);
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_of_another_type_are_ignored() {
    let Some(scratch) = ScratchDatabase::new().await else { return };
    let wrong = doc! {
        "_id": "a text",
        "openId": 7,
        "sessionKey": Bson::Null,
        "userType": "2",
        "status": 0.5,
        "userName": { "first": "Alice" },
        "avatarUrl": ["https://cdn.example.com/a.png"],
    };
    let large = doc! { "_id": "b", "userType": 1e300, "status": f64::NAN };
    let long = doc! { "_id": "c", "userType": i64::MAX, "status": -1_i64 };
    write(&scratch, &[wrong, large, long, doc! { "_id": "d" }]).await;
    let users = read(&scratch).await;
    let only = |id: &str| LegacyUser { id: id.into(), ..LegacyUser::default() };
    let other = |id: &str| LegacyUser { user_type: Other, status: Other, ..only(id) };
    let long = LegacyUser { user_type: Whole(i64::MAX), status: Whole(-1), ..only("c") };
    assert_eq!(users, [other("a text"), other("b"), long, only("d")]);
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
    let read = read(&scratch).await;
    assert_eq!(read.len(), 1709);
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
