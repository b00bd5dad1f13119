//! Imports the users of the system that wxlogin replaces.

mod report;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use self::report::{ImportReport, NotTaken, WhyNot};
use crate::model::{
    AppId, AuditAction, AuditEvent, IdentityKey, LegacyId, OpenId, Profile, SessionKey, Timestamp,
    UserId, UserStatus, UserType,
};
use crate::ports::{
    Clock, CryptoFault, ImportOutcome, ImportStore, ImportedUser, LegacyNumber, LegacyUser,
    LegacyUsers, LegacyUsersError, Randomness, Sealer, StoreError,
};
use crate::usecase::operations::progress::Progress;
use crate::usecase::support::tombstones::tombstones;
use crate::usecase::wechat::session_key_sealing::seal_session_key;

/// Why an import stopped. The users imported until then are stored, and the import can be repeated.
#[derive(Debug, thiserror::Error)]
pub enum ImportUsersError {
    /// The old system's database failed.
    #[error(transparent)]
    Read(#[from] LegacyUsersError),
    /// A session key could not be encrypted.
    #[error("cannot encrypt a session key")]
    Crypto(#[from] CryptoFault),
    /// The database failed.
    #[error("cannot store the users")]
    Store(#[from] StoreError),
}

/// The meaning of the numbers in `status`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusMeanings(BTreeMap<i64, UserStatus>);

impl Default for StatusMeanings {
    /// The meanings of the original contract.
    fn default() -> Self {
        let both = [UserStatus::Active, UserStatus::Disabled];
        Self(both.map(|status| (status.code().into(), status)).into())
    }
}

impl StatusMeanings {
    /// Sets the meaning of a number.
    #[must_use]
    pub fn with(mut self, number: i64, status: UserStatus) -> Self {
        self.0.insert(number, status);
        self
    }

    fn of(&self, number: i64) -> Option<UserStatus> {
        self.0.get(&number).copied()
    }
}

/// Imports users one after the other, so that of two old accounts of a person the older one's id is
/// kept. A repeated import leaves users alone that were imported before.
pub struct ImportUsers {
    /// The mini-program that the openids belong to.
    pub app_id: AppId,
    /// The meaning of the numbers in `status`.
    pub statuses: StatusMeanings,
    /// Where users are imported to.
    pub import: Arc<dyn ImportStore>,
    /// Encrypts session keys.
    pub sealer: Arc<dyn Sealer>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Random bytes for ids.
    pub randomness: Arc<dyn Randomness>,
}

/// A valid row.
struct Checked {
    legacy_id: LegacyId,
    open_id: OpenId,
    user_type: UserType,
    status: UserStatus,
    session_key: Option<SessionKey>,
    profile: Profile,
    created_at: Option<Timestamp>,
}

impl ImportUsers {
    /// Imports every valid row.
    pub async fn import(
        &self,
        users: &mut dyn LegacyUsers,
        progress: &dyn Progress,
    ) -> Result<ImportReport, ImportUsersError> {
        let mut report = ImportReport::default();
        progress.begin("importing users", users.count().await?);
        loop {
            let rows = users.next().await?;
            if rows.is_empty() {
                return Ok(report);
            }
            let number = rows.len() as u64;
            for row in rows {
                self.import_row(row, &mut report).await?;
            }
            progress.advance(number);
        }
    }

    async fn import_row(
        &self,
        row: LegacyUser,
        report: &mut ImportReport,
    ) -> Result<(), ImportUsersError> {
        let checked = match self.check(&row) {
            Ok(checked) => checked,
            Err(why) => {
                report.not_taken.push(NotTaken { id: row.id, why });
                return Ok(());
            }
        };
        let legacy_id = checked.legacy_id.clone();
        let user_id = match self.import.import_user(self.imported(checked)?).await? {
            ImportOutcome::Made(id) => {
                report.made += 1;
                id
            }
            ImportOutcome::Joined(id) => {
                report.joined += 1;
                id
            }
            ImportOutcome::Known(id) => {
                report.known += 1;
                id
            }
            ImportOutcome::Second(id) => {
                report.second.push(legacy_id.clone());
                id
            }
            ImportOutcome::Taken => {
                report.not_taken.push(NotTaken { id: row.id, why: WhyNot::Taken });
                return Ok(());
            }
        };
        report.user_ids.push((legacy_id, user_id));
        Ok(())
    }

    fn check(&self, row: &LegacyUser) -> Result<Checked, WhyNot> {
        let open_id = row.open_id.as_deref().ok_or(WhyNot::NoOpenId)?;
        Ok(Checked {
            legacy_id: LegacyId::parse(&row.id).map_err(WhyNot::Id)?,
            open_id: OpenId::parse(open_id).map_err(WhyNot::OpenId)?,
            user_type: match row.user_type {
                LegacyNumber::Whole(number) => {
                    UserType(number.try_into().map_err(|_| WhyNot::UserType)?)
                }
                LegacyNumber::Other => return Err(WhyNot::UserType),
                LegacyNumber::Absent => UserType::default(),
            },
            // The old system always writes it; a row without it is older than the field.
            status: match row.status {
                LegacyNumber::Whole(number) => {
                    self.statuses.of(number).ok_or(WhyNot::UnknownStatus(number))?
                }
                LegacyNumber::Other => return Err(WhyNot::NoStatus),
                LegacyNumber::Absent => UserStatus::Active,
            },
            session_key: row.session_key.as_deref().and_then(|text| SessionKey::parse(text).ok()),
            profile: Profile::from_claims(row.user_name.as_deref(), row.avatar_url.as_deref()),
            created_at: row.created_at,
        })
    }

    fn imported(&self, checked: Checked) -> Result<ImportedUser, CryptoFault> {
        let Self { app_id, sealer, clock, randomness, .. } = self;
        let Checked { legacy_id, open_id, user_type, status, session_key, profile, created_at } =
            checked;
        let now = clock.now();
        let identity = IdentityKey { app_id: app_id.clone(), open_id };
        let session_key = session_key
            .map(|key| seal_session_key(sealer.as_ref(), &identity, &key))
            .transpose()?;
        let new_user_id = UserId::new(now, randomness.as_ref());
        Ok(ImportedUser {
            legacy_id,
            tombstones: tombstones(sealer.as_ref(), &identity, None),
            identity,
            new_user_id,
            profile,
            user_type,
            status,
            session_key,
            // The old system's clock may have been ahead, and a login from now on must be later.
            created_at: created_at.map_or(now, |at| at.min(now)),
            event: AuditEvent::new(
                AuditAction::UserImported,
                new_user_id,
                now,
                randomness.as_ref(),
            )
            .in_app(Some(app_id.clone())),
        })
    }
}
