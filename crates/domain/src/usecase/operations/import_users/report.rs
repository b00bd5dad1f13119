use std::collections::BTreeMap;

use crate::model::{LegacyId, Malformed, UserId};

/// What became of the old users.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// How many are users now and were not before.
    pub made: u64,
    /// How many had signed in here before and got their old id.
    pub joined: u64,
    /// How many had been taken over before.
    pub known: u64,
    /// Old accounts of people whose user has the id of another old account.
    pub second: Vec<LegacyId>,
    /// Which user each old account has come to, those of the same person included.
    pub user_ids: Vec<(LegacyId, UserId)>,
    /// The rows that were not taken.
    pub not_taken: Vec<NotTaken>,
}

impl ImportReport {
    /// How often each status came that nobody has given a meaning.
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

/// A row that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotTaken {
    /// Its `_id`, whatever that holds.
    pub id: String,
    /// Why not.
    pub why: WhyNot,
}

/// Why a row was not taken. The texts repeat numbers only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WhyNot {
    /// Its `_id` cannot be kept.
    #[error("_id: {0}")]
    Id(Malformed),
    /// It does not say whom it is about.
    #[error("openId: there is none, or it is not a text")]
    NoOpenId,
    /// It cannot be about anybody WeChat knows.
    #[error("openId: {0}")]
    OpenId(Malformed),
    /// Its classification cannot be kept.
    #[error("userType: it is not a whole number of 32 bits")]
    UserType,
    /// Whether the user may sign in cannot be read.
    #[error("status: it is not a whole number")]
    NoStatus,
    /// Whether the user may sign in is not known.
    #[error("status: nobody has said what {0} means")]
    UnknownStatus(i64),
    /// Its `_id` is another person's already.
    #[error("_id: the user of another person has it already")]
    Taken,
}
