use mongodb::bson::{Document, Uuid, doc};
use wxlogin_domain::ports::{KeyedTag, LoginRecord};

use crate::convert;
use crate::database::Connections;
use crate::document::UnionId;
use crate::error::Failure;

/// One attempt to record a login.
pub(super) struct Attempt<'a> {
    pub(super) connections: &'a Connections,
    pub(super) login: &'a LoginRecord,
}

impl Attempt<'_> {
    /// Matches the document of the login's identity.
    pub(super) fn one_identity(&self) -> Result<Document, Failure> {
        let key = convert::identity_key(&self.login.identity);
        Ok(doc! { "_id": convert::value(&key)? })
    }

    /// Whether one of these tags belongs to a person who was erased while banned.
    pub(super) async fn has_tombstone(&self, tags: [Option<KeyedTag>; 2]) -> Result<bool, Failure> {
        let tags = tags.into_iter().flatten().map(|tag| convert::binary(&tag.0));
        let tagged = doc! { "_id": { "$in": tags.collect::<Vec<_>>() } };
        let Some(tombstone) = self.connections.tombstones.find_one(tagged).await? else {
            return Ok(false);
        };
        // The ban may have been lifted without the tombstone being removed yet.
        Box::pin(self.connections.current_user(tombstone.user_id)).await?;
        Ok(true)
    }

    /// Makes the user the owner of an unowned unionid.
    pub(super) async fn claim_union_id(&self, named: &str, user_id: Uuid) -> Result<(), Failure> {
        let Some(tombstone) = self.login.tombstones.union_id else {
            return Err(Failure::Unexpected("a unionid without its tombstone tag".into()));
        };
        let tombstone = convert::binary(&tombstone.0);
        let owned = UnionId { union_id: named.to_owned(), user_id, tombstone };
        self.connections.union_ids.insert_one(owned).await?;
        Ok(())
    }
}
