use crate::model::{IdentityKey, UnionId};
use crate::ports::{Sealer, TagPurpose, Tombstones};

/// What a person is remembered by when a ban outlives the account.
pub(in crate::usecase) fn tombstones(
    sealer: &dyn Sealer,
    identity: &IdentityKey,
    union_id: Option<&UnionId>,
) -> Tombstones {
    // App ids have one length, so no identity reads like another one, and none like a unionid.
    let identity = format!("identity {} {}", identity.app_id, identity.open_id.as_str());
    let union_id = union_id.map(|union_id| format!("unionid {}", union_id.as_str()));
    let tag = |text: &str| sealer.tag(TagPurpose::Tombstone, text.as_bytes());
    Tombstones { identity: tag(&identity), union_id: union_id.as_deref().map(tag) }
}
