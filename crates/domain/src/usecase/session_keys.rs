use crate::model::{IdentityKey, SessionKey};
use crate::ports::{CryptoFault, Place, SealedSessionKey, Sealer, TagPurpose};

/// WeChat's session key of an identity, as the identity's row keeps it.
pub(super) fn seal_session_key(
    sealer: &dyn Sealer,
    identity: &IdentityKey,
    key: &SessionKey,
) -> Result<SealedSessionKey, CryptoFault> {
    let key = key.expose().as_bytes();
    let row = [identity.app_id.as_str().as_bytes(), identity.open_id.as_str().as_bytes()];
    let place = Place { table: "identities", column: "session_key", row: &row };
    Ok(SealedSessionKey {
        sealed: sealer.seal(place, key)?,
        tag: sealer.tag(TagPurpose::SessionKey, key),
    })
}
