//! Reads the users of the system that wxlogin replaces from its own database.

use async_trait::async_trait;
use mongodb::Collection;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Bson, DateTime, Document, Timestamp as Clock, doc};
use wxlogin_domain::model::Timestamp;
use wxlogin_domain::ports::{LegacyUser, LegacyUsers, LegacyUsersError, LegacyValue, StoreError};

use crate::commands::all;
use crate::connect::{DatabaseSettings, OpenError, connect};
use crate::database::Connections;

/// How many users are read at a time.
const BATCH: i64 = 500;

/// The collection `users` of the legacy system. It is only read.
pub struct LegacyDatabase {
    connections: Connections,
    /// The types of `_id` that are still to be read.
    types: std::vec::IntoIter<Bson>,
    /// Where the next page begins.
    from: Option<Document>,
}

impl LegacyDatabase {
    /// Connects to the database behind `url`.
    pub async fn open(url: &str, settings: DatabaseSettings) -> Result<Self, OpenError> {
        let connections = Connections::new(connect(url, settings).await?, settings);
        let mut users = Self { connections, types: Vec::new().into_iter(), from: None };
        users.restart();
        Ok(users)
    }

    /// Reads the next page of users whose `_id` has one type.
    async fn read(&self, from: Document) -> Result<Vec<Document>, StoreError> {
        self.connections
            .call(|connections| async move {
                let users = users(&connections);
                let page = users.find(doc! { "_id": from }).projection(doc! { "token": 0 });
                all(page.sort(doc! { "_id": 1 }).limit(BATCH).await?).await
            })
            .await
    }
}

#[async_trait]
impl LegacyUsers for LegacyDatabase {
    async fn count(&mut self) -> Result<u64, LegacyUsersError> {
        let count = self.connections.call(|connections| async move {
            Ok(users(&connections).estimated_document_count().await?)
        });
        count.await.map_err(unreadable)
    }

    async fn next(&mut self) -> Result<Vec<LegacyUser>, LegacyUsersError> {
        while let Some(from) = self.from.clone() {
            let batch = self.read(from).await.map_err(unreadable)?;
            if let Some(last) = batch.last().and_then(|user| user.get("_id")) {
                self.from = Some(doc! { "$gt": last });
                return Ok(batch.iter().map(legacy_user).collect());
            }
            self.from = self.types.next().map(|least| doc! { "$gte": least });
        }
        Ok(Vec::new())
    }

    fn restart(&mut self) {
        self.types = least_of_each_type().into_iter();
        self.from = self.types.next().map(|least| doc! { "$gte": least });
    }
}

fn users(connections: &Connections) -> Collection<Document> {
    connections.database.collection("users")
}

fn unreadable(error: StoreError) -> LegacyUsersError {
    LegacyUsersError(match error {
        StoreError::Unavailable(text) | StoreError::Unexpected(text) => text,
    })
}

/// Returns the least value of every type that an `_id` can have, in the server's order of types. A
/// comparison matches values of one type only, but the `_id`s of a collection may have several.
fn least_of_each_type() -> Vec<Bson> {
    vec![
        Bson::Null,
        Bson::Double(f64::NEG_INFINITY),
        Bson::String(String::new()),
        Bson::Document(Document::new()),
        Bson::Binary(Binary { subtype: BinarySubtype::Generic, bytes: Vec::new() }),
        Bson::ObjectId(ObjectId::from_bytes([0; 12])),
        Bson::Boolean(false),
        Bson::DateTime(DateTime::MIN),
        Bson::Timestamp(Clock { time: 0, increment: 0 }),
    ]
}

/// The fields that an import takes, and the version number that Mongoose writes.
const KNOWN_FIELDS: [&str; 8] =
    ["_id", "openId", "sessionKey", "userType", "status", "userName", "avatarUrl", "__v"];

fn legacy_user(user: &Document) -> LegacyUser {
    let value = |field| user.get(field).map(value);
    let (id, made_at) = match user.get("_id") {
        Some(Bson::ObjectId(id)) => (id.to_hex(), Some(made_at(*id))),
        Some(Bson::String(id)) => (id.clone(), None),
        Some(other) => (other.to_string(), None),
        None => (String::new(), None),
    };
    let created_at = user.get_datetime("createdAt").ok().map(|at| at.timestamp_millis());
    let created_at = created_at.filter(|millis| *millis > 0).map(Timestamp::from_millis);
    let is_taken =
        |name: &str| KNOWN_FIELDS.contains(&name) || (name == "createdAt" && created_at.is_some());
    let others = user.iter().filter(|(name, stored)| !is_taken(name) && !is_empty(stored));
    LegacyUser {
        id,
        open_id: value("openId"),
        session_key: value("sessionKey"),
        user_type: value("userType"),
        status: value("status"),
        user_name: value("userName"),
        avatar_url: value("avatarUrl"),
        created_at: created_at.or(made_at),
        other_fields: others.map(|(name, _)| name.clone()).collect(),
    }
}

fn made_at(id: ObjectId) -> Timestamp {
    Timestamp::from_millis(id.timestamp().timestamp_millis())
}

fn value(stored: &Bson) -> LegacyValue {
    match stored {
        Bson::Null | Bson::Undefined => LegacyValue::Null,
        Bson::String(text) => LegacyValue::Text(text.clone()),
        other => LegacyValue::Other(other.to_string()),
    }
}

fn is_empty(stored: &Bson) -> bool {
    match stored {
        Bson::Null | Bson::Undefined => true,
        Bson::String(text) => text.is_empty(),
        Bson::Array(values) => values.is_empty(),
        Bson::Document(fields) => fields.is_empty(),
        _ => false,
    }
}
