//! Stores the session key of a login of a known identity.

use mongodb::bson::{Bson, Document, Uuid, doc};

use super::attempt::Attempt;
use crate::convert;
use crate::database::retry_on_conflict;
use crate::document::Identity;
use crate::error::Failure;
use crate::users::one_matched;

impl Attempt<'_> {
    /// Stores the session key, unless a later login has stored another one.
    pub(super) async fn write_session_key(
        &self,
        identity: &Identity,
        user_id: Uuid,
    ) -> Result<(), Failure> {
        if identity.user_id != user_id {
            let mut as_read = self.one_identity()?;
            as_read.insert("user_id", identity.user_id);
            let resolved = doc! { "$set": { "user_id": user_id } };
            self.connections.identities.update_one(as_read, resolved).await?;
        }
        retry_on_conflict(|| self.replace_key(user_id)).await
    }

    /// Tries once to replace the stored key.
    async fn replace_key(&self, user_id: Uuid) -> Result<(), Failure> {
        let mut as_read = self.one_identity()?;
        as_read.insert("user_id", user_id);
        let identities = &self.connections.identities;
        let Some(stored) = identities.find_one(as_read.clone()).await? else { return Ok(()) };
        let now = self.login.now.as_millis();
        if stored.session_key_at.is_some_and(|at| at > now) {
            return Ok(());
        }
        as_read.insert("session_key_at", or_absent(stored.session_key_at));
        as_read.insert("session_key_tag", or_absent(stored.session_key_tag.clone()));
        let key = &self.login.session_key;
        let tag = convert::binary(&key.tag.0);
        let mut set = doc! {
            "session_key": convert::binary(&key.sealed.0),
            "session_key_tag": &tag,
            "session_key_at": now,
        };
        if stored.session_key_tag.is_some_and(|stored| stored != tag)
            && let Some(replaced) = stored.session_key
        {
            set.insert("previous_session_key", replaced);
            let until = self.login.previous_key_until;
            set.insert("previous_session_key_until", until.as_millis());
        }
        one_matched(identities.update_one(as_read, doc! { "$set": set }).await?.matched_count)
    }
}

/// Matches this value, or a missing field.
fn or_absent(value: Option<impl Into<Bson>>) -> Bson {
    value.map_or_else(
        || Document::from_iter([("$exists".to_owned(), false.into())]).into(),
        Into::into,
    )
}
