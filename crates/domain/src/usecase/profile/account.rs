//! Shows, changes and erases the caller's own account.

use std::sync::Arc;

use crate::model::{AuditAction, AvatarUrl, Malformed, Nickname, Timestamp, User, VisibleApps};
use crate::ports::{
    Erasure, ErasureStep, FieldChange, LimitedCall, ProfileChange, RetryAfter, StoreError,
};
use crate::usecase::context::Context;
use crate::usecase::tokens::access_tokens::TokenKind;
use crate::usecase::tokens::current_user::{AuthenticationError, SignedIn};

/// Why the account was not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// The caller could not be authenticated.
    #[error(transparent)]
    Authentication(#[from] AuthenticationError),
    /// The nickname is invalid.
    #[error("invalid nickname: {0}")]
    Nickname(Malformed),
    /// The avatar's URL is invalid.
    #[error("invalid avatar URL: {0}")]
    AvatarUrl(Malformed),
    /// The user has made too many of these calls.
    #[error(transparent)]
    TooMany(#[from] RetryAfter),
    /// The database failed.
    #[error("cannot change the account")]
    Store(#[from] StoreError),
}

/// Shows, changes and erases the account of a token's user.
pub struct Account(Arc<Context>);

/// The tokens that may show the account and change the profile.
const EITHER: [TokenKind; 2] = [TokenKind::Access, TokenKind::Original];

impl Account {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self(context)
    }

    /// Returns the token's user.
    pub async fn show(&self, token: &str) -> Result<User, AuthenticationError> {
        Ok(self.0.current_user.find(token, &EITHER).await?.user)
    }

    /// Changes or clears the given fields. Unlike at a login, invalid values are errors, because the
    /// user has typed them. Sending the avatar's current URL changes nothing.
    pub async fn change_profile(
        &self,
        token: &str,
        nickname: FieldChange<&str>,
        avatar_url: FieldChange<&str>,
    ) -> Result<User, AccountError> {
        let SignedIn { user, session } = self.0.current_user.find(token, &EITHER).await?;
        let nickname = nickname.try_map(Nickname::parse).map_err(AccountError::Nickname)?;
        let avatar_url = match avatar_url {
            FieldChange::Set(text) if self.is_current(&user, text) => FieldChange::Keep,
            change => {
                change.try_map(|text| self.external(text)).map_err(AccountError::AvatarUrl)?
            }
        };
        if (&nickname, &avatar_url) == (&FieldChange::Keep, &FieldChange::Keep) {
            return Ok(user);
        }
        self.0.limit(LimitedCall::ProfileChange, &session)?;
        let change = ProfileChange { user_id: user.id, nickname, avatar_url, now: self.0.now() };
        let changed = self.0.accounts().change_profile(change).await?;
        Ok(changed.ok_or(AuthenticationError::TokenInvalid)?)
    }

    /// Whether this is the URL of the user's avatar.
    fn is_current(&self, user: &User, url: &str) -> bool {
        let avatar = user.avatar_url.as_ref();
        avatar.is_some_and(|avatar| self.0.avatar_base.resolve(avatar) == url)
    }

    /// Parses the URL of an avatar that is not stored here.
    fn external(&self, url: &str) -> Result<AvatarUrl, Malformed> {
        let url = AvatarUrl::parse(url)?;
        if self.0.avatar_base.covers(&url) {
            return Err(Malformed("to change an avatar that is stored here, upload another one"));
        }
        Ok(url)
    }

    /// Erases the account. Where it can be restored, it is scheduled for that instead, and the
    /// result says when.
    pub async fn erase(&self, token: &str) -> Result<Option<Timestamp>, AccountError> {
        let current = self.0.current_user.find_recent(token).await?;
        let user_id = current.user.id;
        let grace = self.0.policies.erasure_grace;
        let (step, action) = if grace.is_zero() {
            (ErasureStep::Complete, AuditAction::UserErased)
        } else {
            (ErasureStep::Schedule(self.0.now().plus(grace)), AuditAction::ErasureRequested)
        };
        let event = self.0.audit_event(action, user_id).in_app(Some(current.session.app_id));
        let apps = VisibleApps::All;
        let erasure = Erasure { user_id, apps, step, tokens_until: self.0.tokens_until(), event };
        if !self.0.accounts().erase(erasure).await? {
            // Merged or erased since the token was checked.
            return Err(AuthenticationError::TokenInvalid.into());
        }
        self.0.revocations.catch_up_now().await;
        match step {
            ErasureStep::Schedule(at) => Ok(Some(at)),
            ErasureStep::Complete | ErasureStep::CompleteIfDue => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use FieldChange::{Clear, Keep, Set};

    use super::*;
    use crate::ports::{Clock, LoginOutcome, MockAccountStore};
    use crate::testing::contract::{Sample, avatar};
    use crate::usecase::harness::{Harness, address};

    const A_WEEK: Duration = Duration::from_hours(168);

    #[tokio::test]
    async fn given_fields_are_changed_and_invalid_ones_are_errors() {
        let harness = Harness::new().await;
        let account = &harness.account;
        let (user, session, access, _) = harness.sign_in("oAlice").await;
        let changed = account.change_profile(&access, Set("\u{14} 小明 "), Keep).await.unwrap();
        assert_eq!(changed.nickname.unwrap().as_str(), "小明");
        let original = harness.token(TokenKind::Original, &user, &session);
        let avatar = "https://cdn.example.com/a.png";
        let changed = account.change_profile(&original, Keep, Set(avatar)).await.unwrap();
        assert_eq!(changed.nickname.unwrap().as_str(), "小明");
        assert_eq!(changed.avatar_url.unwrap().as_str(), avatar);
        for nickname in ["", "\u{200b}", "微信用户"] {
            let refused = account.change_profile(&access, Set(nickname), Keep).await;
            assert!(matches!(refused, Err(AccountError::Nickname(_))), "{refused:?}");
        }
        for avatar in ["http://x.example/a", "https://login.example/avatars/a"] {
            let refused = account.change_profile(&access, Set("fine"), Set(avatar)).await;
            assert!(matches!(refused, Err(AccountError::AvatarUrl(_))), "{refused:?}");
        }
        let nothing = account.change_profile(&access, Keep, Keep).await.unwrap();
        assert_eq!(Ok(nothing), account.show(&access).await);
        let cleared = account.change_profile(&access, Clear, Clear).await.unwrap();
        assert_eq!((&cleared.nickname, &cleared.avatar_url), (&None, &None));
        assert_eq!(Ok(cleared), account.show(&access).await);
    }

    #[tokio::test]
    async fn the_url_of_the_current_avatar_changes_nothing() {
        let harness = Harness::new().await;
        let account = &harness.account;
        let (user, _, access, _) = harness.sign_in("oAlice").await;
        avatar::give(&harness.stores, user.id, 1).await;
        let shown = |number| format!("https://login.example/avatars/{number:032x}.jpg");
        let change = |avatar| account.change_profile(&access, Set("小明"), Set(avatar));
        let (own, another) = (shown(1), shown(2));
        let changed = change(&own).await.unwrap();
        assert_eq!(changed.nickname.unwrap().as_str(), "小明");
        assert_eq!(changed.avatar_url.unwrap(), AvatarUrl::hosted(&avatar::name(1)));
        let other = change(&another).await;
        assert!(matches!(other, Err(AccountError::AvatarUrl(_))), "{other:?}");
    }

    #[tokio::test]
    async fn an_account_without_grace_is_erased_at_once() {
        let harness = Harness::new().await;
        let account = &harness.account;
        let (user, _, access, refresh) = harness.sign_in("oAlice").await;
        assert_eq!(account.erase(&access).await, Ok(None));
        assert_eq!(account.show(&access).await, Err(AuthenticationError::TokenInvalid));
        assert!(harness.introspection.verify(&access).await.is_err());
        assert!(harness.refresh.refresh(&refresh, address()).await.is_err());
        assert_eq!(harness.stores.accounts.find_user(user.id).await, Ok(None));
    }

    #[tokio::test]
    async fn an_account_with_grace_is_erased_when_that_is_over() {
        let harness = Harness::with(|_, policies| policies.erasure_grace = A_WEEK).await;
        let account = &harness.account;
        let (user, _, access, _) = harness.sign_in("oAlice").await;
        let until = harness.clock.now().plus(A_WEEK);
        assert_eq!(account.erase(&access).await, Ok(Some(until)));
        assert!(harness.introspection.verify(&access).await.is_err());
        let login = Sample::of("oAlice").at(1);
        assert_eq!(login.outcome(&harness.stores).await, LoginOutcome::Erasing);
        harness.clock.advance(A_WEEK.saturating_sub(Duration::from_millis(1)));
        harness.housekeeping.run().await.unwrap();
        assert!(harness.stores.accounts.find_user(user.id).await.unwrap().is_some());
        harness.clock.advance(Duration::from_millis(1));
        harness.housekeeping.run().await.unwrap();
        assert_eq!(harness.stores.accounts.find_user(user.id).await, Ok(None));
    }

    #[tokio::test]
    async fn erasing_needs_a_recent_login_and_a_token_of_v1() {
        let harness = Harness::new().await;
        let account = &harness.account;
        let (user, session, access, _) = harness.sign_in("oAlice").await;
        let original = harness.token(TokenKind::Original, &user, &session);
        assert_eq!(account.erase(&original).await, Err(AuthenticationError::TokenInvalid.into()));
        harness.clock.advance(Duration::from_mins(5));
        assert_eq!(
            account.erase(&access).await,
            Err(AuthenticationError::ReauthenticationRequired.into())
        );
        assert!(account.show(&access).await.is_ok());
    }

    #[tokio::test]
    async fn a_user_who_was_merged_meanwhile_is_not_reported_as_erased() {
        let harness = Harness::new().await;
        let (user, _, access, _) = harness.sign_in("oAlice").await;
        for grace in [Duration::ZERO, A_WEEK] {
            let mut merged = MockAccountStore::new();
            let found = user.clone();
            merged.expect_find_user().returning(move |_| Ok(Some(found.clone())));
            merged.expect_erase().returning(|_| Ok(false));
            let other = harness.another(|ports, policies| {
                ports.stores.accounts = Arc::new(merged);
                policies.erasure_grace = grace;
            });
            let erased = other.await.account.erase(&access).await;
            assert_eq!(erased, Err(AuthenticationError::TokenInvalid.into()));
        }
    }
}
