use std::collections::BTreeSet;

use async_trait::async_trait;

use super::StoreError;
use crate::account::{
    Clearing, Erasure, IdentityErasure, LoginOutcome, LoginRecord, Merge, MergeOutcome, NewPhone,
    PhoneOutcome, ProfileChange, UserChange, UserChangeOutcome,
};
use crate::model::{AvatarName, Identity, IdentityKey, Timestamp, User, UserId, VisibleApps};

/// Users and identities.
///
/// A store decides nothing: for each command it loads and locks what the command needs, lets
/// [`account`](crate::account) decide, and saves the changes in one step. Of every command:
///
/// - After `Ok`, everything is durable. After `Err`, either nothing or everything was written, and the
///   same command can be given again.
/// - Commands that run at the same time come to what they would come to one after the other, in some
///   order: an identity belongs to one user, a unionid and a phone number to one user, and a ban that was
///   acknowledged lets no later login in.
/// - Ids that differ in letter case are different.
/// - Revocations and audit events are written in the same step as what they follow from.
/// - A crash leaves no command half-done for any port call.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait AccountStore: Send + Sync {
    /// Fails if a login that is recorded now would be refused, for example because too many are
    /// waiting. Answers from memory, without I/O. A caller asks before it does what a refused login
    /// would waste.
    fn admits_login(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Records a login: see `account/log_in.rs`.
    async fn record_login(&self, login: LoginRecord) -> Result<LoginOutcome, StoreError>;

    /// The user with this id; for one who was merged, the user they are now.
    async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError>;

    /// The user's identities, in the order of app and openid.
    async fn identities(&self, id: UserId) -> Result<Vec<Identity>, StoreError>;

    /// Users with an identity in one of these apps, in the order of their ids, only those after `after`,
    /// `limit` at most. Paging through finds every user who is there all the time exactly once, whatever
    /// users come or go. A page with fewer is the last.
    async fn page_users(
        &self,
        apps: &VisibleApps,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<User>, StoreError>;

    /// The user that an identity belongs to.
    async fn find_by_identity(&self, identity: &IdentityKey) -> Result<Option<User>, StoreError>;

    /// Gives the user a phone number in place of the one before: see `account/profile.rs`.
    async fn set_phone(&self, phone: NewPhone) -> Result<PhoneOutcome, StoreError>;

    /// Removes what is named: see `account/profile.rs`.
    async fn clear(&self, clearing: Clearing) -> Result<Option<User>, StoreError>;

    /// Makes two users one: see `account/merge.rs`. Afterwards the loser's id finds the winner, also
    /// over several merges.
    async fn merge(&self, merge: Merge) -> Result<MergeOutcome, StoreError>;

    /// Erases an identity, and the user with the last one: see `account/erase.rs`.
    async fn erase_identity(&self, erasure: IdentityErasure) -> Result<Option<UserId>, StoreError>;

    /// Replaces the given profile fields: see `account/profile.rs`.
    async fn change_profile(&self, change: ProfileChange) -> Result<Option<User>, StoreError>;

    /// Which of these kept avatars a user has, one who is to be erased included.
    async fn avatars_in_use(
        &self,
        names: BTreeSet<AvatarName>,
    ) -> Result<BTreeSet<AvatarName>, StoreError>;

    /// Sets status and type: see `account/status.rs`.
    async fn change_user(&self, change: UserChange) -> Result<UserChangeOutcome, StoreError>;

    /// Erases an account: see `account/erase.rs`. Once it is complete, no port call finds anything of the
    /// user; only the audit log still has the id.
    async fn erase(&self, erasure: Erasure) -> Result<bool, StoreError>;

    /// Users whose `erase_at` is at or before `now`, `limit` at most.
    async fn due_erasures(&self, now: Timestamp, limit: u32) -> Result<Vec<UserId>, StoreError>;
}
