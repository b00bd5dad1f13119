use crate::model::{IdentityKey, SessionKey};
use crate::ports::{CannotOpen, CryptoFault, Place, Sealed, SealedSessionKey, Sealer, TagPurpose};

/// Encrypts WeChat's session key for its identity's row.
pub(crate) fn seal_session_key(
    sealer: &dyn Sealer,
    identity: &IdentityKey,
    key: &SessionKey,
) -> Result<SealedSessionKey, CryptoFault> {
    let key = key.expose().as_bytes();
    let row = row(identity);
    Ok(SealedSessionKey {
        sealed: sealer.seal(place(&row), key)?,
        tag: sealer.tag(TagPurpose::SessionKey, key),
    })
}

/// Decrypts the current or previous session key of an identity's row.
pub(crate) fn open_session_key(
    sealer: &dyn Sealer,
    identity: &IdentityKey,
    sealed: &Sealed,
) -> Result<SessionKey, CannotOpen> {
    let opened = sealer.open(place(&row(identity)), sealed)?;
    let text = std::str::from_utf8(&opened).map_err(|_| CannotOpen::Damaged)?;
    SessionKey::parse(text).map_err(|_| CannotOpen::Damaged)
}

fn row(identity: &IdentityKey) -> [&[u8]; 2] {
    [identity.app_id.as_str().as_bytes(), identity.open_id.as_str().as_bytes()]
}

fn place<'a>(row: &'a [&'a [u8]; 2]) -> Place<'a> {
    Place { table: "identities", column: "session_key", row }
}
