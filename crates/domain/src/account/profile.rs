//! What is known of a person: nickname, avatar, phone number.

use super::{Command, Inconsistent, Keys, UnitOfWork};
use crate::model::{
    AuditEvent, AvatarUrl, Nickname, Profile, SealedPhone, Timestamp, User, UserId, UserStatus,
    VisibleApps,
};
use crate::ports::KeyedTag;

/// What becomes of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldChange<T> {
    /// It keeps its value.
    Keep,
    /// It has no value any more.
    Clear,
    /// It gets this value.
    Set(T),
}

impl<T> FieldChange<T> {
    /// Converts the new value, if there is one.
    pub fn try_map<U, E>(self, f: impl FnOnce(T) -> Result<U, E>) -> Result<FieldChange<U>, E> {
        Ok(match self {
            Self::Keep => FieldChange::Keep,
            Self::Clear => FieldChange::Clear,
            Self::Set(value) => FieldChange::Set(f(value)?),
        })
    }
}

impl<T: Clone> FieldChange<T> {
    fn apply(&self, field: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *field = None,
            Self::Set(value) => *field = Some(value.clone()),
        }
    }
}

/// Without a value, the field keeps its own.
impl<T> From<Option<T>> for FieldChange<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Keep, Self::Set)
    }
}

/// A change of nickname and avatar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileChange {
    /// The user.
    pub user_id: UserId,
    /// What becomes of the nickname.
    pub nickname: FieldChange<Nickname>,
    /// What becomes of the avatar.
    pub avatar_url: FieldChange<AvatarUrl>,
    /// When it happens.
    pub now: Timestamp,
}

impl ProfileChange {
    /// Sets the fields that the profile has and keeps the others.
    #[must_use]
    pub fn set(user_id: UserId, profile: Profile, now: Timestamp) -> Self {
        let Profile { nickname, avatar_url } = profile;
        Self { user_id, nickname: nickname.into(), avatar_url: avatar_url.into(), now }
    }
}

/// A phone number that a user has proved to be theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPhone {
    /// The user.
    pub user_id: UserId,
    /// The number.
    pub phone: SealedPhone,
    /// The tags of the same number under other master keys, which other users' rows can still have.
    pub previous_tags: Vec<KeyedTag>,
    /// When it was proved.
    pub now: Timestamp,
}

/// What became of a phone number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PhoneOutcome {
    /// The user has it.
    Stored(User),
    /// Another user has it; nothing was written.
    Taken,
    /// There is no such user, or one who is to be erased or is banned; nothing was written.
    Gone,
}

/// What is removed from a user's profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clearing {
    /// The user.
    pub user_id: UserId,
    /// Where the user must have an identity; otherwise there is no such user.
    pub apps: VisibleApps,
    /// Whether the nickname goes.
    pub nickname: bool,
    /// Whether the avatar goes.
    pub avatar_url: bool,
    /// Whether the phone number goes.
    pub phone: bool,
    /// What the audit log will say. Its time is when it happens.
    pub event: AuditEvent,
}

/// The changed user, or `None` when there is no such user.
impl Command for ProfileChange {
    type Outcome = Option<User>;

    fn keys(&self, _: &UnitOfWork) -> Keys {
        Keys { users: [self.user_id].into(), ..Keys::default() }
    }

    fn apply(&self, unit: &mut UnitOfWork) -> Result<Option<User>, Inconsistent> {
        Ok(unit.change_user(self.user_id, |user| {
            self.nickname.apply(&mut user.nickname);
            self.avatar_url.apply(&mut user.avatar_url);
            user.updated_at = user.updated_at.max(self.now);
        }))
    }
}

impl Command for NewPhone {
    type Outcome = PhoneOutcome;

    fn keys(&self, _: &UnitOfWork) -> Keys {
        let mut keys = Keys { users: [self.user_id].into(), ..Keys::default() };
        keys.phones.extend(self.tags());
        keys
    }

    fn apply(&self, unit: &mut UnitOfWork) -> Result<PhoneOutcome, Inconsistent> {
        let is_taken = unit.users.values().any(|stored| {
            let phone = stored.user.phone.as_ref();
            stored.user.id != self.user_id
                && phone.is_some_and(|it| self.tags().any(|tag| tag == it.tag))
        });
        if is_taken {
            return Ok(PhoneOutcome::Taken);
        }
        let user = unit.user(self.user_id);
        if user.is_none_or(|user| user.erase_at.is_some() || user.status == UserStatus::Disabled) {
            return Ok(PhoneOutcome::Gone);
        }
        let changed = unit.change_user(self.user_id, |user| {
            user.phone = Some(self.phone.clone());
            user.updated_at = user.updated_at.max(self.now);
        });
        Ok(changed.map_or(PhoneOutcome::Gone, PhoneOutcome::Stored))
    }
}

impl NewPhone {
    /// Every tag that the number can have in the store.
    pub fn tags(&self) -> impl Iterator<Item = KeyedTag> {
        std::iter::once(self.phone.tag).chain(self.previous_tags.iter().copied())
    }
}

/// The changed user, or `None` and nothing written when there is no such user, or the user has nothing
/// of what is to go.
impl Command for Clearing {
    type Outcome = Option<User>;

    fn keys(&self, unit: &UnitOfWork) -> Keys {
        let mut keys = Keys { users: [self.user_id].into(), ..Keys::default() };
        keys.add_visibility(&[self.user_id], &self.apps);
        if unit.user(self.user_id).is_some_and(|user| !self.clears(user)) {
            keys.events.insert(self.event.id);
        }
        keys
    }

    fn apply(&self, unit: &mut UnitOfWork) -> Result<Option<User>, Inconsistent> {
        let is_visible = unit.is_visible(self.user_id, &self.apps);
        let Some(user) = unit.user(self.user_id).filter(|_| is_visible) else { return Ok(None) };
        if !self.clears(user) {
            let is_repetition = unit.written_events.contains_key(&self.event.id);
            return Ok(is_repetition.then(|| user.clone()));
        }
        unit.events.push(self.event.clone());
        Ok(unit.change_user(self.user_id, |user| {
            user.nickname.take_if(|_| self.nickname);
            user.avatar_url.take_if(|_| self.avatar_url);
            user.phone.take_if(|_| self.phone);
            user.updated_at = user.updated_at.max(self.event.at);
        }))
    }
}

impl Clearing {
    /// Whether the user has something of what is to go.
    fn clears(&self, user: &User) -> bool {
        (self.nickname && user.nickname.is_some())
            || (self.avatar_url && user.avatar_url.is_some())
            || (self.phone && user.phone.is_some())
    }
}

/// Replaces the fields that are given; whether anything has changed.
pub(super) fn take_profile(user: &mut User, profile: &Profile) -> bool {
    let before = (user.nickname.clone(), user.avatar_url.clone());
    if profile.nickname.is_some() {
        user.nickname.clone_from(&profile.nickname);
    }
    if profile.avatar_url.is_some() {
        user.avatar_url.clone_from(&profile.avatar_url);
    }
    before != (user.nickname.clone(), user.avatar_url.clone())
}

/// Takes the fields that the user does not have yet.
pub(super) fn complete_profile(user: &mut User, profile: &Profile) {
    user.nickname = user.nickname.take().or_else(|| profile.nickname.clone());
    user.avatar_url = user.avatar_url.take().or_else(|| profile.avatar_url.clone());
}
