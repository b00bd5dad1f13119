//! Reads the users of the system that wxlogin replaces from its own database.

use async_trait::async_trait;
use mongodb::Collection;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Bson, DateTime, Document, Timestamp as Clock, doc};
use wxlogin_domain::model::Timestamp;
use wxlogin_domain::ports::{LegacyNumber, LegacyUser, LegacyUsers, LegacyUsersError, StoreError};

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
        let mut types = least_of_each_type().into_iter();
        let from = types.next().map(|least| doc! { "$gte": least });
        Ok(Self { connections, types, from })
    }

    /// Reads the next page of users whose `_id` has one type.
    async fn read(&self, from: Document) -> Result<Vec<Document>, StoreError> {
        self.connections
            .call(|connections| async move {
                let users = users(&connections);
                let page = users.find(doc! { "_id": from }).projection(fields());
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

fn fields() -> Document {
    doc! {
        "openId": 1, "sessionKey": 1, "userType": 1, "status": 1, "userName": 1, "avatarUrl": 1,
    }
}

fn legacy_user(user: &Document) -> LegacyUser {
    let text = |field| user.get_str(field).ok().map(str::to_owned);
    let number = |field| user.get(field).map_or(LegacyNumber::Absent, number);
    let (id, created_at) = match user.get("_id") {
        Some(Bson::ObjectId(id)) => (id.to_hex(), Some(made_at(*id))),
        Some(Bson::String(id)) => (id.clone(), None),
        Some(other) => (other.to_string(), None),
        None => (String::new(), None),
    };
    LegacyUser {
        id,
        open_id: text("openId"),
        session_key: text("sessionKey"),
        user_type: number("userType"),
        status: number("status"),
        user_name: text("userName"),
        avatar_url: text("avatarUrl"),
        created_at,
    }
}

fn made_at(id: ObjectId) -> Timestamp {
    Timestamp::from_millis(id.timestamp().timestamp_millis())
}

/// JavaScript has one number type, and its drivers store it as whichever BSON type fits.
fn number(stored: &Bson) -> LegacyNumber {
    match stored {
        Bson::Int32(number) => LegacyNumber::Whole(i64::from(*number)),
        Bson::Int64(number) => LegacyNumber::Whole(*number),
        Bson::Double(number) => exact(*number).map_or(LegacyNumber::Other, LegacyNumber::Whole),
        _ => LegacyNumber::Other,
    }
}

/// Every whole number up to this size has an exact double.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

fn exact(number: f64) -> Option<i64> {
    let is_whole = number.fract() == 0.0 && number.abs() <= LARGEST_EXACT;
    #[expect(clippy::cast_possible_truncation, reason = "the number is whole and not too large")]
    is_whole.then_some(number as i64)
}
