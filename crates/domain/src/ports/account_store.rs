use std::collections::BTreeSet;

use async_trait::async_trait;

use super::{KeyedTag, Sealed, StoreError};
use crate::model::{
    AuditEvent, AvatarName, Device, Generation, Identity, IdentityKey, Profile, Salt, SealedPhone,
    Session, SessionId, Timestamp, UnionConflict, UnionId, User, UserId, UserStatus, UserType,
};

/// What to do with a person WeChat names for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnUnknown {
    /// Make a user.
    Create,
    /// Store nothing and say so.
    Refuse,
}

/// What to do with a user who has asked to be erased and whose time has not come yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnErasing {
    /// Sign in as if the user had not asked.
    Restore,
    /// Store nothing and say so.
    Refuse,
}

/// The session key of an identity, encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSessionKey {
    /// The key, sealed for its identity's row.
    pub sealed: Sealed,
    /// Its keyed tag.
    pub tag: KeyedTag,
}

/// The session keys of an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionKeys {
    /// Of the latest login.
    pub current: SealedSessionKey,
    /// The one before, sealed for the same place, and until when it may still be tried.
    pub previous: Option<(Sealed, Timestamp)>,
}

/// How a repetition of a login is recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replay {
    /// Finds the session that an earlier try has opened.
    pub key: KeyedTag,
    /// Tells a repetition from another request under the same key.
    pub fingerprint: KeyedTag,
}

/// What a person is remembered by when a ban outlives the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tombstones {
    /// Of the identity.
    pub identity: KeyedTag,
    /// Of the unionid, if WeChat named one.
    pub union_id: Option<KeyedTag>,
}

/// The session a login opens. Its refresh token is the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// Its id, made beforehand.
    pub id: SessionId,
    /// What its refresh tokens are made with.
    pub salt: Salt,
    /// What the client calls its device.
    pub device: Option<Device>,
    /// When it is over unless it is refreshed.
    pub expires_at: Timestamp,
    /// When it is over at the latest.
    pub ends_at: Timestamp,
}

impl NewSession {
    /// The session as it is once this user has signed in.
    #[must_use]
    pub fn opened(&self, user_id: UserId, identity: &IdentityKey, now: Timestamp) -> Session {
        Session {
            id: self.id,
            user_id,
            app_id: identity.app_id.clone(),
            open_id: identity.open_id.clone(),
            device: self.device.clone(),
            generation: Generation::FIRST,
            salt: self.salt,
            created_at: now,
            last_used_at: now,
            expires_at: self.expires_at,
            ends_at: self.ends_at,
        }
    }
}

/// Everything one login writes. Ids are made beforehand, so that a repetition after an unknown
/// outcome changes nothing.
#[derive(Debug, Clone)]
pub struct LoginRecord {
    /// Whom WeChat named.
    pub identity: IdentityKey,
    /// The person's unionid, if WeChat named one.
    pub union_id: Option<UnionId>,
    /// What the person is remembered by when a ban outlives the account.
    pub tombstones: Tombstones,
    /// The id of the user, should the person be new.
    pub new_user_id: UserId,
    /// The filtered profile.
    pub profile: Profile,
    /// WeChat's session key of this login.
    pub session_key: SealedSessionKey,
    /// Until when the session key that it replaces may still be tried.
    pub previous_key_until: Timestamp,
    /// The session to open.
    pub session: NewSession,
    /// How a repetition of this login will be recognised.
    pub replay: Option<Replay>,
    /// What to do with a new person.
    pub on_unknown: OnUnknown,
    /// What to do with a user who is about to be erased.
    pub on_erasing: OnErasing,
    /// How many sessions the user may have, this one included; at least one.
    pub max_sessions: u32,
    /// When the last access token of a session that makes room has expired by itself.
    pub tokens_until: Timestamp,
    /// When WeChat's answer came.
    pub now: Timestamp,
}

/// What became of a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginOutcome {
    /// A session was opened.
    SignedIn {
        /// Whose, as stored now.
        user: User,
        /// Whether this login made the user.
        is_new: bool,
        /// The session.
        session: Session,
        /// A unionid that could not be taken over; recorded for the operator.
        union_conflict: Option<UnionConflict>,
    },
    /// An earlier try of this login had opened a session that still lives; nothing was written.
    Replayed(Replayed),
    /// The user is shut out, or was shut out when the account was erased; nothing was written.
    Disabled,
    /// The user has asked to be erased; nothing was written.
    Erasing,
    /// The person is unknown and sign-up is closed; nothing was written.
    SignUpClosed,
}

/// What an earlier try of a login has left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// Whose the session is.
    pub user: User,
    /// The session.
    pub session: Session,
    /// The fingerprint of the request that opened it.
    pub fingerprint: KeyedTag,
}

/// What an operator changes about a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserChange {
    /// Whom.
    pub user_id: UserId,
    /// The new status, if it is to change.
    pub status: Option<UserStatus>,
    /// The new type, if it is to change.
    pub user_type: Option<UserType>,
    /// When the last access token that was issued before this has expired by itself.
    pub tokens_until: Timestamp,
    /// What the audit log will say, a line each.
    pub events: Vec<AuditEvent>,
    /// When it happens.
    pub now: Timestamp,
}

/// A phone number that a user has proved to be theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPhone {
    /// Whose.
    pub user_id: UserId,
    /// The number.
    pub phone: SealedPhone,
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
    /// There is no such user, or one who is to be erased or is shut out; nothing was written.
    Gone,
}

/// What is removed from a user's profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clearing {
    /// Whose.
    pub user_id: UserId,
    /// Whether the nickname goes.
    pub nickname: bool,
    /// Whether the avatar goes.
    pub avatar_url: bool,
    /// Whether the phone number goes.
    pub phone: bool,
    /// What the audit log will say. Its time is when it happens.
    pub event: AuditEvent,
}

/// Two users who are one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// Who goes on.
    pub winner: UserId,
    /// Who is the winner from then on.
    pub loser: UserId,
    /// The loser's phone number, sealed for the winner's row, if the winner has none and gets it.
    pub phone: Option<SealedPhone>,
    /// When the last access token that was issued before this has expired by itself.
    pub tokens_until: Timestamp,
    /// What the audit log will say about the winner. Its time is when it happens.
    pub event: AuditEvent,
    /// What the audit log will say about the loser.
    pub loser_event: AuditEvent,
}

/// What became of a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MergeOutcome {
    /// They are one user, as stored now.
    Merged(User),
    /// The loser's phone number is another one than `phone` was made from, or the winner has got one:
    /// nothing was written.
    Moved,
    /// One of them is not there, or both are the same. Nothing was written.
    NotTwo,
}

/// An identity that WeChat says is no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityErasure {
    /// Which.
    pub identity: IdentityKey,
    /// When the last access token that was issued before this has expired by itself.
    pub tokens_until: Timestamp,
    /// What the audit log will say; the store fills in whose it was. Its time is when it happens.
    pub event: AuditEvent,
}

/// How an account is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErasureStep {
    /// Its sessions and session keys go; the rest may be erased at this time and not before.
    Schedule(Timestamp),
    /// Everything goes.
    Complete,
    /// Everything goes, if that is due by the event's time; a user who has come back stays.
    CompleteIfDue,
}

/// An account that is to be erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// Whose.
    pub user_id: UserId,
    /// How much of it.
    pub step: ErasureStep,
    /// When the last access token that was issued before this has expired by itself.
    pub tokens_until: Timestamp,
    /// What the audit log will say. Its time is when it happens.
    pub event: AuditEvent,
}

/// Users and identities.
///
/// `record_login`:
/// - After `Ok`, everything is durable; after `Err`, either nothing or everything was written, and
///   the same record can be given again.
/// - An unknown identity gets the user that owns its unionid, else a new user with `new_user_id`,
///   the default type and the active status. A new user without a profile has neither name nor
///   picture.
/// - An (app, openid) belongs to one user, and a unionid is owned by one user, however many logins
///   run at once. Openids that differ in letter case are different people.
/// - Given profile fields replace the stored ones; absent ones leave them.
/// - `last_login_at` and the session key follow the latest `now`; an older login that arrives late
///   moves neither back. `updated_at` moves when the profile changes.
/// - A session key that is replaced by one with another tag becomes the previous one, until
///   `previous_key_until`. The same key again changes nothing about the previous one.
/// - A unionid that belongs to another user, or that differs from the identity's stored one, is
///   recorded as a conflict once and reported each time. Neither user nor identity changes for it.
/// - A unionid that turns up later and has no owner is owned by the identity's user from then on,
///   unless it has a tombstone: then it is a conflict without an owner.
/// - The user's status is read in the same step: a user disabled before it is `Disabled`.
/// - An unknown identity that has a tombstone is `Disabled`, whoever owns its unionid. So is one
///   whose unionid has a tombstone and no owner.
/// - A user who is to be erased is `Erasing` or, with [`OnErasing::Restore`], is not to be erased any
///   more. A disabled one is `Disabled` all the same.
/// - `Disabled`, `Erasing` and `SignUpClosed` write nothing.
/// - A session is opened. When the user then has more than `max_sessions`, those that are over and
///   then the oldest are removed; never the new one. Those that were not over are revoked until
///   `tokens_until`.
/// - A record whose replay key has opened a session of the same user that still lives is
///   `Replayed`. A replay key that another user's living session holds is as if there were none.
///   The same record, given again, opens no second session.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait AccountStore: Send + Sync {
    /// Writes a login, as told above.
    async fn record_login(&self, login: LoginRecord) -> Result<LoginOutcome, StoreError>;

    /// The user with this id, if there is one; for one who was merged, whom they are now.
    async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError>;

    /// As whom WeChat knows the user, in the order of app and openid.
    async fn identities(&self, id: UserId) -> Result<Vec<Identity>, StoreError>;

    /// Users in the order of their ids, those after `after` only, `limit` at most. Whoever pages
    /// through sees every user who is there all the time exactly once, whoever else comes or goes.
    async fn page_users(&self, after: Option<UserId>, limit: u32) -> Result<Vec<User>, StoreError>;

    /// Whose identity this is.
    async fn find_by_identity(&self, identity: &IdentityKey) -> Result<Option<User>, StoreError>;

    /// Gives the user a phone number in place of the one before. Of several users who want the same
    /// at once one gets it. `updated_at` becomes `now`, and not earlier than it was.
    async fn set_phone(&self, phone: NewPhone) -> Result<PhoneOutcome, StoreError>;

    /// Removes what is named and writes the audit event in one step. `updated_at` becomes the
    /// event's time, and not earlier than it was. The changed user, or `None` and nothing written
    /// when there is no such user, or nothing of what is named.
    async fn clear(&self, clearing: Clearing) -> Result<Option<User>, StoreError>;

    /// Makes two users one, in steps that a crash cannot leave half-done for any port call.
    ///
    /// - The winner has the identities, unionids and sessions of both. Refresh tokens of both keep
    ///   working. The loser's access tokens are revoked: the feed names the loser.
    /// - What the winner's profile lacks comes from the loser: nickname, avatar, old id, phone. The
    ///   type stays the winner's, `created_at` becomes the earlier one, `last_login_at` the later
    ///   one, `updated_at` the event's time.
    /// - The stricter status wins. When one of them is disabled, both are: every session of both is
    ///   revoked and ends as at a ban.
    /// - Whoever asks for the loser's id afterwards is given the winner, also over several merges.
    ///   Nothing of the loser's profile is left but an old id, where the winner has another one:
    ///   it stays known as the winner's.
    /// - Conflicts between the two are settled and gone.
    /// - A winner or loser who is to be erased is not any more.
    /// - The loser's tombstones are the winner's.
    /// - The audit log is told of both.
    async fn merge(&self, merge: Merge) -> Result<MergeOutcome, StoreError>;

    /// Erases an identity, and the user with the last one, as [`AccountStore::erase`] does. The user
    /// who stays loses the sessions that were opened through it, and they are revoked; one who is
    /// shut out leaves a tombstone for it. Whose it was, or `None` and nothing written when there is
    /// no such identity.
    async fn erase_identity(&self, erasure: IdentityErasure) -> Result<Option<UserId>, StoreError>;

    /// Replaces the given profile fields and leaves absent ones. `updated_at` becomes `now`, and not
    /// earlier than it was. The changed user, or `None` when there is no such user.
    async fn change_profile(
        &self,
        id: UserId,
        profile: Profile,
        now: Timestamp,
    ) -> Result<Option<User>, StoreError>;

    /// Which of these kept pictures a user has, one who is to be erased included.
    async fn avatars_in_use(
        &self,
        names: BTreeSet<AvatarName>,
    ) -> Result<BTreeSet<AvatarName>, StoreError>;

    /// Sets status and type and writes the audit events in one step. `updated_at` becomes `now`. The
    /// changed user, or `None` when there is no such user.
    ///
    /// - Disabling revokes every session of the user in that step. They stay, so that whoever brings
    ///   a refresh token can be told why it does not work, and are removed when the user is enabled.
    /// - Enabling removes the tombstones: those of identities that were erased while the user was
    ///   shut out, and all of a user who was erased. Where the latter has any, the events are written.
    ///   Those of a user who was merged into the erased one are the erased one's.
    async fn change_user(&self, change: UserChange) -> Result<Option<User>, StoreError>;

    /// Erases, in steps that a crash cannot leave half-done for any port call, and writes the audit
    /// event with it. `false`, and nothing is written, when there is no such user.
    ///
    /// - Complete: user, those who were merged into the user, identities, the ownership of their
    ///   unionids, conflicts that name them and sessions are gone. No port call finds anything of
    ///   them; only the audit log still has their ids.
    /// - `CompleteIfDue` is `false` and writes nothing for a user who is not due.
    /// - A disabled user leaves a tombstone for each identity and each owned unionid.
    /// - Scheduled: `erase_at` is set; sessions, session keys and the phone number are gone.
    /// - Either way every session is revoked in the same step.
    async fn erase(&self, erasure: Erasure) -> Result<bool, StoreError>;

    /// Users whose `erase_at` is at or before `now`, `limit` at most.
    async fn due_erasures(&self, now: Timestamp, limit: u32) -> Result<Vec<UserId>, StoreError>;

    /// The unionid conflicts that wait for an operator, oldest first, each with whoever owns the
    /// unionid now. Once that is the user of the conflict, it is settled and not there any more.
    async fn union_conflicts(&self) -> Result<Vec<UnionConflict>, StoreError>;

    /// The sealed session keys of an identity, if the identity exists and has one.
    async fn session_keys(&self, identity: &IdentityKey)
    -> Result<Option<SessionKeys>, StoreError>;

    /// Puts a new session key in the place of the one with this tag, which is forgotten,
    /// like any before it. `false` when there is another one by now; nothing was written.
    async fn replace_session_key(
        &self,
        identity: &IdentityKey,
        replaces: KeyedTag,
        key: SealedSessionKey,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
}
