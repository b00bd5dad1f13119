//! The rules of accounts: what a login, a ban, an erasure, a merge or an import does to users,
//! identities, unionids, sessions and tombstones.
//!
//! The rules are pure and synchronous: no port, no clock, no chance. A [`Command`] brings ids and times
//! along, says which rows it needs to see ([`Keys`]), and changes them in a [`UnitOfWork`]. A store loads
//! and locks the rows, calls the command, and saves the [`Changes`]; it decides nothing. One file holds
//! one kind of command with its rule.

mod erase;
mod import;
mod keys;
mod log_in;
mod login_record;
mod merge;
mod profile;
mod rotation;
mod rows;
mod session_key;
mod sessions;
mod status;
mod table;
#[cfg(test)]
mod tests;
mod tokens_until;
mod union_id;
mod unit;

pub use erase::{Erasure, ErasureStep, IdentityErasure};
pub use import::{ImportOutcome, ImportedUser};
pub use keys::Keys;
pub use log_in::LAST_LOGIN_STEP;
pub use login_record::{LoginOutcome, LoginRecord, NewSession, OnErasing, OnUnknown, Replayed};
pub use merge::{Merge, MergeOutcome};
pub use profile::{Clearing, FieldChange, NewPhone, PhoneOutcome, ProfileChange};
pub use rotation::{IsAuthentic, Rotation, RotationOutcome};
pub use rows::{
    ConflictKey, Replay, SealedSessionKey, SessionKeys, SessionOutline, StoredIdentity,
    StoredSession, StoredUser, Tombstone, Tombstones, UnionOwner,
};
pub use session_key::SessionKeyReplacement;
pub use sessions::{EndSessions, Ending};
pub use status::{UserChange, UserChangeOutcome};
pub use table::RowChanges;
pub use tokens_until::TokensUntil;
pub use union_id::{AcceptanceOutcome, UnionIdAcceptance};
pub use unit::{Changes, Command, Inconsistent, UnitOfWork};
