//! Imports the users of the system that wxlogin replaces.

mod mapping;
mod report;
mod row;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use self::mapping::{Mapping, Unmapped};
pub use self::report::{ImportReport, Incomplete, Loss, NotTaken, WhyNot};
use self::row::Checked;
use crate::model::{
    AppId, AuditAction, AuditEvent, IdentityKey, Profile, User, UserId, UserStatus,
};
use crate::ports::{
    AccountStore, Clock, CryptoFault, ImportOutcome, ImportStore, ImportedUser, LegacyUser,
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

/// Imports users one after the other, so that of two old accounts of a person the older one's id is
/// kept. A repeated import leaves users alone that were imported before.
pub struct ImportUsers {
    /// The mini-program that the openids belong to.
    pub app_id: AppId,
    /// The meaning of the values of `status` and `userType`.
    pub mapping: Mapping,
    /// Where users are imported to.
    pub import: Arc<dyn ImportStore>,
    /// The users who exist already.
    pub accounts: Arc<dyn AccountStore>,
    /// Encrypts session keys.
    pub sealer: Arc<dyn Sealer>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Random bytes for ids.
    pub randomness: Arc<dyn Randomness>,
}

impl ImportUsers {
    /// Imports every valid row. A row with a value that has no meaning is not valid.
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
        report.unmapped.add(&self.mapping, &row);
        let is_disabled = self.mapping.status(row.status.as_ref()) == Some(UserStatus::Disabled);
        let checked = match Checked::new(&row, &self.mapping, self.clock.now()) {
            Ok(checked) => checked,
            Err(why) => {
                report.not_taken.push(NotTaken { id: row.id, why, is_disabled });
                return Ok(());
            }
        };
        let mut losses = checked.losses.clone();
        let old = self.imported(checked)?;
        let legacy_id = old.legacy_id.clone();
        let outcome = self.import.import_user(old.clone()).await?;
        let user_id = match outcome {
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
                let why = WhyNot::Taken;
                report.not_taken.push(NotTaken { id: row.id, why, is_disabled });
                return Ok(());
            }
        };
        report.user_ids.push((legacy_id.clone(), user_id));
        if !matches!(outcome, ImportOutcome::Made(_))
            && let Some(here) = self.accounts.find_user(user_id).await?
        {
            if is_disabled && here.status == UserStatus::Active {
                report.still_active.push(legacy_id.clone());
            }
            // Whatever differs from an earlier import has been changed since.
            if !matches!(outcome, ImportOutcome::Known(_)) {
                losses.extend(kept(&old, &here));
            }
        }
        if !losses.is_empty() {
            report.incomplete.push(Incomplete { id: legacy_id, losses });
        }
        Ok(())
    }

    fn imported(&self, checked: Checked) -> Result<ImportedUser, CryptoFault> {
        let Self { app_id, sealer, clock, randomness, .. } = self;
        let Checked {
            legacy_id, open_id, user_type, status, session_key, profile, created_at, ..
        } = checked;
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
            created_at,
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

/// What the user who existed already keeps instead of what the old system has.
fn kept(old: &ImportedUser, here: &User) -> impl Iterator<Item = Loss> {
    let Profile { nickname, avatar_url } = &old.profile;
    let fields = [
        ("userName", nickname.is_some() && *nickname != here.nickname),
        ("avatarUrl", avatar_url.is_some() && *avatar_url != here.avatar_url),
        ("userType", old.user_type != here.user_type),
        ("createdAt", old.created_at < here.created_at),
    ];
    fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| Loss::Kept(field))
}
