use super::Unmapped;
use crate::model::{LegacyId, Malformed, UserId};

/// The result of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// How many users were created.
    pub made: u64,
    /// How many existing users got their old id.
    pub joined: u64,
    /// How many had been imported before.
    pub known: u64,
    /// Further old accounts of users who already have the id of another one.
    pub second: Vec<LegacyId>,
    /// The user of each old account, further accounts included.
    pub user_ids: Vec<(LegacyId, UserId)>,
    /// The rows that were not imported.
    pub not_taken: Vec<NotTaken>,
    /// The rows of which something was not imported.
    pub incomplete: Vec<Incomplete>,
    /// Users who are disabled in the old system but active here, because they existed here already.
    pub still_active: Vec<LegacyId>,
    /// Values of rows that were not imported because these have no meaning.
    pub unmapped: Unmapped,
}

/// A row that was not imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotTaken {
    /// Its `_id`, valid or not.
    pub id: String,
    /// The reason.
    pub why: WhyNot,
    /// Whether the user is disabled in the old system.
    pub is_disabled: bool,
}

/// Why a row was not imported. The texts repeat no values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WhyNot {
    /// The `_id` is invalid.
    #[error("_id: {0}")]
    Id(Malformed),
    /// There is no openid.
    #[error("openId: missing or not a string")]
    NoOpenId,
    /// The openid is invalid.
    #[error("openId: {0}")]
    OpenId(Malformed),
    /// The user type has no meaning.
    #[error("userType: the value has no meaning; set it with --user-type")]
    UnmappedUserType,
    /// The status has no meaning.
    #[error("status: the value has no meaning; set it with --status")]
    UnmappedStatus,
    /// Another user already has the `_id`.
    #[error("_id: another user already has it")]
    Taken,
}

/// A row that was imported, but not all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incomplete {
    /// Its `_id`.
    pub id: LegacyId,
    /// What was not imported.
    pub losses: Vec<Loss>,
}

/// A part of a row that was not imported. The texts repeat no values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Loss {
    /// The value of the field is invalid.
    #[error("{0}: {1}")]
    Invalid(&'static str, Malformed),
    /// The user existed here already and has another value.
    #[error("{0}: the user existed here already and keeps another value")]
    Kept(&'static str),
    /// An import does not take this field.
    #[error("{}: not a field that is imported", .0.escape_debug())]
    UnknownField(String),
}
