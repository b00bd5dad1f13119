use std::collections::BTreeMap;

use crate::model::{UserStatus, UserType};
use crate::ports::{LegacyUser, LegacyUsers, LegacyUsersError, LegacyValue};
use crate::usecase::operations::progress::Progress;

/// The meaning of the old system's `status` and `userType`. A value is named by its text, whatever its
/// type: the string `"1"` and the numbers 1 and 1.0 are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    statuses: BTreeMap<String, UserStatus>,
    user_types: BTreeMap<String, UserType>,
}

impl Default for Mapping {
    /// The meanings of the original contract. A type is any number of 32 bits.
    fn default() -> Self {
        let both = [UserStatus::Active, UserStatus::Disabled];
        let statuses = both.map(|status| (status.code().to_string(), status)).into();
        Self { statuses, user_types: BTreeMap::new() }
    }
}

impl Mapping {
    /// Sets the meaning of a value of `status`.
    #[must_use]
    pub fn with_status(mut self, value: &str, status: UserStatus) -> Self {
        self.statuses.insert(spelling(value), status);
        self
    }

    /// Sets the meaning of a value of `userType`.
    #[must_use]
    pub fn with_user_type(mut self, value: &str, user_type: UserType) -> Self {
        self.user_types.insert(spelling(value), user_type);
        self
    }

    /// Returns the values in the old system that have no meaning.
    pub async fn unmapped(
        &self,
        users: &mut dyn LegacyUsers,
        progress: &dyn Progress,
    ) -> Result<Unmapped, LegacyUsersError> {
        let mut unmapped = Unmapped::default();
        progress.begin("checking users", users.count().await?);
        loop {
            let rows = users.next().await?;
            if rows.is_empty() {
                return Ok(unmapped);
            }
            for row in &rows {
                unmapped.add(self, row);
            }
            progress.advance(rows.len() as u64);
        }
    }

    /// The old system always writes the field; a row without it is older than the field.
    pub(super) fn status(&self, value: Option<&LegacyValue>) -> Option<UserStatus> {
        match value {
            None => Some(UserStatus::Active),
            Some(value) => self.statuses.get(&spelling(text(value))).copied(),
        }
    }

    pub(super) fn user_type(&self, value: Option<&LegacyValue>) -> Option<UserType> {
        let Some(value) = value else { return Some(UserType::default()) };
        let value = spelling(text(value));
        self.user_types.get(&value).copied().or_else(|| value.parse().ok().map(UserType))
    }
}

/// Values without a meaning, and how many rows have each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unmapped {
    /// Values of `status`.
    pub statuses: BTreeMap<String, u64>,
    /// Values of `userType`.
    pub user_types: BTreeMap<String, u64>,
}

impl Unmapped {
    /// Whether every value has a meaning.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.statuses.is_empty() && self.user_types.is_empty()
    }

    pub(super) fn add(&mut self, mapping: &Mapping, row: &LegacyUser) {
        let (status, user_type) = (row.status.as_ref(), row.user_type.as_ref());
        if let (None, Some(value)) = (mapping.status(status), status) {
            *self.statuses.entry(spelling(text(value))).or_default() += 1;
        }
        if let (None, Some(value)) = (mapping.user_type(user_type), user_type) {
            *self.user_types.entry(spelling(text(value))).or_default() += 1;
        }
    }
}

fn text(value: &LegacyValue) -> &str {
    match value {
        LegacyValue::Null => "null",
        LegacyValue::Text(text) | LegacyValue::Other(text) => text,
    }
}

/// The one spelling of values that mean the same.
fn spelling(value: &str) -> String {
    let value = value.trim();
    whole_number(value).map_or_else(|| value.to_owned(), |number| number.to_string())
}

/// Every whole number up to this size has an exact double.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

/// JavaScript has one number type, and writes 1.0 as often as 1.
fn whole_number(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| {
        let number = text.parse::<f64>().ok()?;
        let is_whole = number.fract() == 0.0 && number.abs() <= LARGEST_EXACT;
        #[expect(clippy::cast_possible_truncation, reason = "whole and not too large")]
        is_whole.then_some(number as i64)
    })
}
