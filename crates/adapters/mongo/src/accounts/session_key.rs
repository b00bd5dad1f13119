use mongodb::bson::doc;
use wxlogin_domain::account::{SessionKeyReplacement, SessionKeys, StoredIdentity, UnitOfWork};

use crate::convert;
use crate::database::Connections;
use crate::document::{Identity, IdentityKey};
use crate::error::Failure;
use crate::unit::decide;

impl Connections {
    pub(super) async fn session_keys(
        &self,
        key: &IdentityKey,
    ) -> Result<Option<SessionKeys>, Failure> {
        let found = self.identity_with_keys(key).await?;
        Ok(found.and_then(|(_, row)| row.session_keys()))
    }

    /// Tries once to replace the key. After [`Failure::Conflict`] it has to be tried again.
    pub(super) async fn replace_key(
        &self,
        replacement: &SessionKeyReplacement,
    ) -> Result<bool, Failure> {
        let key = convert::identity_key(&replacement.identity);
        let Some((read, row)) = self.identity_with_keys(&key).await? else { return Ok(false) };
        let mut unit = UnitOfWork::default();
        unit.load_identity(row);
        let (is_replaced, changes) = decide(unit, replacement)?;
        if let Some(changed) = changes.identities.updated.first() {
            self.rewrite_session_keys(&read, changed).await?;
        }
        Ok(is_replaced)
    }

    /// Returns the identity, unless its user does not exist or is being deleted: keys that an unfinished
    /// step has left are not shown.
    async fn identity_with_keys(
        &self,
        key: &IdentityKey,
    ) -> Result<Option<(Identity, StoredIdentity)>, Failure> {
        let one = doc! { "_id": convert::value(key)? };
        let Some(identity) = self.identities.find_one(one).await? else { return Ok(None) };
        let (id, user) = self.current_user(identity.user_id).await?;
        if user.is_none_or(|user| user.mark.is_some() || user.erase_at.is_some()) {
            return Ok(None);
        }
        let row = convert::stored_identity(&identity, id)?;
        Ok(Some((identity, row)))
    }
}
