//! Writes the documents of identities with compare-and-set.

use mongodb::bson::{Bson, Document, doc};
use wxlogin_domain::account::StoredIdentity;

use crate::convert;
use crate::database::Connections;
use crate::document::Identity;
use crate::error::Failure;
use crate::users::one_matched;

impl Connections {
    /// Replaces the session keys that were read.
    pub(crate) async fn rewrite_session_keys(
        &self,
        read: &Identity,
        changed: &StoredIdentity,
    ) -> Result<(), Failure> {
        let as_read = doc! {
            "_id": convert::value(&read.key)?,
            "user_id": read.user_id,
            "session_key_at": or_absent(read.session_key_at),
            "session_key_tag": or_absent(read.session_key_tag.clone()),
            "previous_session_key": or_absent(read.previous_session_key.clone()),
        };
        let (mut set, mut unset) = (Document::new(), Document::new());
        match &changed.session_key {
            Some((key, at)) => set.extend(doc! {
                "session_key": convert::binary(&key.sealed.0),
                "session_key_tag": convert::binary(&key.tag.0),
                "session_key_at": at.as_millis(),
            }),
            None => {
                unset.extend(
                    doc! { "session_key": "", "session_key_tag": "", "session_key_at": "" },
                );
            }
        }
        match &changed.previous_session_key {
            Some((key, until)) => set.extend(doc! {
                "previous_session_key": convert::binary(&key.0),
                "previous_session_key_until": until.as_millis(),
            }),
            None => unset.extend(doc! {
                "previous_session_key": "",
                "previous_session_key_until": "",
            }),
        }
        let mut update = Document::new();
        for (operator, fields) in [("$set", set), ("$unset", unset)] {
            if !fields.is_empty() {
                update.insert(operator, fields);
            }
        }
        one_matched(self.identities.update_one(as_read, update).await?.matched_count)
    }
}

/// Matches this value, or a missing field.
pub(crate) fn or_absent(value: Option<impl Into<Bson>>) -> Bson {
    value.map_or_else(|| doc! { "$exists": false }.into(), Into::into)
}
