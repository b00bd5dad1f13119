use std::collections::BTreeMap;

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
}

impl ImportReport {
    /// Returns how often each status without a meaning occurred.
    #[must_use]
    pub fn unknown_statuses(&self) -> BTreeMap<i64, u64> {
        let mut statuses = BTreeMap::new();
        for row in &self.not_taken {
            if let WhyNot::UnknownStatus(status) = row.why {
                *statuses.entry(status).or_default() += 1;
            }
        }
        statuses
    }
}

/// A row that was not imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotTaken {
    /// Its `_id`, valid or not.
    pub id: String,
    /// The reason.
    pub why: WhyNot,
}

/// Why a row was not imported. The texts repeat no values but numbers.
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
    /// The user type is invalid.
    #[error("userType: not a 32-bit integer")]
    UserType,
    /// The status is invalid.
    #[error("status: not an integer")]
    NoStatus,
    /// The status has no meaning.
    #[error("status: unknown value {0}; set its meaning with --status")]
    UnknownStatus(i64),
    /// Another user already has the `_id`.
    #[error("_id: another user already has it")]
    Taken,
}
