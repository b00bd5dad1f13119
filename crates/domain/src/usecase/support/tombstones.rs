use crate::model::{IdentityKey, UnionId};
use crate::ports::{Sealer, TagPurpose, Tombstones};

/// The keyed tags by which a banned user is recognised after the account was erased.
pub(crate) fn tombstones(
    sealer: &dyn Sealer,
    identity: &IdentityKey,
    union_id: Option<&UnionId>,
) -> Tombstones {
    // App ids have a fixed length, so no two identities have the same text, and no identity has a
    // unionid's.
    let identity = format!("identity {} {}", identity.app_id, identity.open_id.as_str());
    let union_id = union_id.map(|union_id| format!("unionid {}", union_id.as_str()));
    let tag = |text: &str| sealer.tag(TagPurpose::Tombstone, text.as_bytes());
    Tombstones { identity: tag(&identity), union_id: union_id.as_deref().map(tag) }
}
