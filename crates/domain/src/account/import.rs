//! Taking users over from the system that wxlogin replaces.

use super::profile::complete_profile;
use super::{
    Command, Inconsistent, Keys, SealedSessionKey, StoredIdentity, StoredUser, Tombstones,
    UnitOfWork,
};
use crate::model::{
    AuditEvent, IdentityKey, LegacyId, Profile, Timestamp, User, UserId, UserStatus, UserType,
};

/// A user of the old system, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedUser {
    /// The id that operators' other data refer to.
    pub legacy_id: LegacyId,
    /// The person within an app.
    pub identity: IdentityKey,
    /// The tags that recognise the person when a ban outlives the account.
    pub tombstones: Tombstones,
    /// The id of the user, should the person be new here.
    pub new_user_id: UserId,
    /// What is known of the person.
    pub profile: Profile,
    /// The operator's classification.
    pub user_type: UserType,
    /// Whether the user may sign in.
    pub status: UserStatus,
    /// WeChat's session key, if there is a usable one.
    pub session_key: Option<SealedSessionKey>,
    /// When the person became a user there.
    pub created_at: Timestamp,
    /// What the audit log will say of a user who is made or gets the old id.
    pub event: AuditEvent,
}

/// What became of an imported user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportOutcome {
    /// The person is a user now.
    Made(UserId),
    /// The person has signed in here before: the user keeps everything, and got the old id and what
    /// was missing of the profile.
    Joined(UserId),
    /// The user has this old id already, or somebody who was merged into the user has; nothing was
    /// written.
    Known(UserId),
    /// The user has another old id already: the person had two accounts. Nothing was written.
    Second(UserId),
    /// Another person's user has this old id already, in the same sense. Nothing was written.
    Taken,
}

/// A user who is made has never signed in here: `last_login_at` is `created_at`. One whose ban has
/// outlived an earlier account is banned, whatever the old system says.
impl Command for ImportedUser {
    type Outcome = ImportOutcome;

    fn keys(&self, unit: &UnitOfWork) -> Keys {
        let mut keys = Keys {
            legacy_ids: [self.legacy_id.clone()].into(),
            identities: [self.identity.clone()].into(),
            ..Keys::default()
        };
        keys.users.extend(unit.identities.get(&self.identity).map(|identity| identity.user_id));
        keys.users.extend(unit.holder_of(&self.legacy_id));
        if unit.identities.get(&self.identity).is_none() {
            keys.tombstones.insert(self.tombstones.identity);
        }
        keys
    }

    fn apply(&self, unit: &mut UnitOfWork) -> Result<ImportOutcome, Inconsistent> {
        let known = unit.identities.get(&self.identity).map(|identity| identity.user_id);
        let outcome = match (known, unit.holder_of(&self.legacy_id)) {
            (Some(known), Some(holder)) if known == holder => ImportOutcome::Known(known),
            (_, Some(_)) => ImportOutcome::Taken,
            (Some(known), None) => {
                let user = unit.user(known).ok_or(Inconsistent("an identity's user is missing"))?;
                if user.legacy_id.is_some() {
                    return Ok(ImportOutcome::Second(known));
                }
                unit.change_user(known, |user| {
                    user.legacy_id = Some(self.legacy_id.clone());
                    complete_profile(user, &self.profile);
                });
                ImportOutcome::Joined(known)
            }
            (None, None) => {
                self.make_user(unit);
                ImportOutcome::Made(self.new_user_id)
            }
        };
        if let ImportOutcome::Made(user_id) | ImportOutcome::Joined(user_id) = outcome {
            unit.events.push(AuditEvent { user_id: Some(user_id), ..self.event.clone() });
        }
        Ok(outcome)
    }
}

impl ImportedUser {
    fn make_user(&self, unit: &mut UnitOfWork) {
        let mut user = User::new(self.new_user_id, self.created_at);
        user.user_type = self.user_type;
        let was_banned = unit.tombstones.delete(&self.tombstones.identity).is_some();
        user.status = if was_banned { UserStatus::Disabled } else { self.status };
        user.legacy_id = Some(self.legacy_id.clone());
        complete_profile(&mut user, &self.profile);
        unit.users.insert(user.id, StoredUser { user, merged_into: None });
        let identity = StoredIdentity {
            key: self.identity.clone(),
            user_id: self.new_user_id,
            tombstone: self.tombstones.identity,
            union_id: None,
            session_key: self.session_key.clone().map(|key| (key, self.created_at)),
            previous_session_key: None,
        };
        unit.identities.insert(self.identity.clone(), identity);
    }
}

impl UnitOfWork {
    /// The user whom an old id means now.
    fn holder_of(&self, legacy_id: &LegacyId) -> Option<UserId> {
        let mut users = self.users.values();
        let holder = users.find(|stored| stored.user.legacy_id.as_ref() == Some(legacy_id))?;
        Some(self.current_id(holder.user.id))
    }
}
