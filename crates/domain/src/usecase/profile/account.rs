//! What people do with their own account.

use std::sync::Arc;
use std::time::Duration;

use crate::model::{
    AuditAction, AuditEvent, AvatarBaseUrl, AvatarUrl, Malformed, Nickname, Profile, Timestamp,
    User,
};
use crate::ports::{AccountStore, Clock, Erasure, ErasureStep, Randomness, StoreError};
use crate::usecase::tokens::access_tokens::{AccessTokens, TokenKind};
use crate::usecase::tokens::current_user::{CurrentUser, NotSignedIn};
use crate::usecase::tokens::revocations::Revocations;

/// The account was not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// Nobody is signed in, or not as well as is needed.
    #[error(transparent)]
    NotSignedIn(#[from] NotSignedIn),
    /// The nickname is not acceptable.
    #[error("the nickname: {0}")]
    Nickname(Malformed),
    /// The address of the avatar is not acceptable.
    #[error("the avatar: {0}")]
    AvatarUrl(Malformed),
}

impl From<StoreError> for AccountError {
    fn from(error: StoreError) -> Self {
        Self::NotSignedIn(error.into())
    }
}

/// What [`Account`] works with.
pub struct AccountParts {
    /// How long an account that is to be erased can be restored; zero for not at all.
    pub erasure_grace: Duration,
    /// Below which address pictures are shown that are kept here.
    pub avatar_base: AvatarBaseUrl,
    /// Finds who is signed in.
    pub current_user: Arc<CurrentUser>,
    /// Knows how long tokens hold.
    pub access: Arc<AccessTokens>,
    /// Keeps users.
    pub accounts: Arc<dyn AccountStore>,
    /// Learns of sessions that end.
    pub revocations: Arc<Revocations>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub randomness: Arc<dyn Randomness>,
}

/// Shows, changes and erases the account of a token's bearer.
pub struct Account(AccountParts);

/// Tokens that may look at the account and change the profile.
const EITHER: [TokenKind; 2] = [TokenKind::Access, TokenKind::Original];

impl Account {
    /// Wires the use case.
    #[must_use]
    pub fn new(parts: AccountParts) -> Self {
        Self(parts)
    }

    /// The user the token speaks for.
    pub async fn show(&self, token: &str) -> Result<User, NotSignedIn> {
        Ok(self.0.current_user.find(token, &EITHER).await?.user)
    }

    /// Changes what is given and leaves the rest. Unlike at a login, what is not acceptable is an
    /// error here: the person has typed it. The avatar as it was shown is no change.
    pub async fn change_profile(
        &self,
        token: &str,
        nickname: Option<&str>,
        avatar_url: Option<&str>,
    ) -> Result<User, AccountError> {
        let user = self.0.current_user.find(token, &EITHER).await?.user;
        let profile = Profile {
            nickname: nickname.map(Nickname::parse).transpose().map_err(AccountError::Nickname)?,
            avatar_url: avatar_url
                .filter(|text| !self.is_shown(&user, text))
                .map(|text| self.elsewhere(text))
                .transpose()
                .map_err(AccountError::AvatarUrl)?,
        };
        if profile == Profile::default() {
            return Ok(user);
        }
        let now = self.0.clock.now();
        let changed = self.0.accounts.change_profile(user.id, profile, now).await?;
        Ok(changed.ok_or(NotSignedIn::TokenInvalid)?)
    }

    /// Whether this is the address at which the user's avatar is shown.
    fn is_shown(&self, user: &User, address: &str) -> bool {
        let avatar = user.avatar_url.as_ref();
        avatar.is_some_and(|avatar| self.0.avatar_base.resolve(avatar) == address)
    }

    /// The address of a picture that is not kept here.
    fn elsewhere(&self, address: &str) -> Result<AvatarUrl, Malformed> {
        let address = AvatarUrl::parse(address)?;
        if self.0.avatar_base.covers(&address) {
            return Err(Malformed("a picture that is kept here is changed by uploading another"));
        }
        Ok(address)
    }

    /// Erases the account, or schedules that where it can still be restored; then this says until
    /// when.
    pub async fn erase(&self, token: &str) -> Result<Option<Timestamp>, NotSignedIn> {
        let user = self.0.current_user.find_recent(token).await?.user;
        let now = self.0.clock.now();
        let (step, action) = if self.0.erasure_grace.is_zero() {
            (ErasureStep::Complete, AuditAction::UserErased)
        } else {
            let at = now.plus(self.0.erasure_grace);
            (ErasureStep::Schedule(at), AuditAction::ErasureRequested)
        };
        let event = AuditEvent::new(action, user.id, now, self.0.randomness.as_ref());
        let tokens_until = self.0.access.all_expired_by(now);
        let erasure = Erasure { user_id: user.id, step, tokens_until, event };
        // Merged or erased in the meantime: then the token was somebody else's.
        if !self.0.accounts.erase(erasure).await? {
            return Err(NotSignedIn::TokenInvalid);
        }
        self.0.revocations.see_at_once().await;
        match step {
            ErasureStep::Schedule(at) => Ok(Some(at)),
            ErasureStep::Complete | ErasureStep::CompleteIfDue => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::{LoginOutcome, MockAccountStore};
    use crate::testing::contract::{Sample, avatar};
    use crate::usecase::test_house::House;

    const A_WEEK: Duration = Duration::from_hours(168);

    #[tokio::test]
    async fn a_profile_changes_where_it_is_given_and_says_what_is_wrong() {
        let house = House::new().await;
        let account = house.account(Duration::ZERO);
        let (user, session, access, _) = house.sign_in("oAlice").await;
        let changed = account.change_profile(&access, Some(" 小明 "), None).await.unwrap();
        assert_eq!(changed.nickname.unwrap().as_str(), "小明");
        let original = house.token(TokenKind::Original, &user, &session);
        let avatar = "https://cdn.example.com/a.png";
        let changed = account.change_profile(&original, None, Some(avatar)).await.unwrap();
        assert_eq!(changed.nickname.unwrap().as_str(), "小明");
        assert_eq!(changed.avatar_url.unwrap().as_str(), avatar);
        for nickname in ["a\nb", "微信用户"] {
            let refused = account.change_profile(&access, Some(nickname), None).await;
            assert!(matches!(refused, Err(AccountError::Nickname(_))), "{refused:?}");
        }
        for avatar in ["http://x.example/a", "https://login.example/avatars/a"] {
            let refused = account.change_profile(&access, Some("fine"), Some(avatar)).await;
            assert!(matches!(refused, Err(AccountError::AvatarUrl(_))), "{refused:?}");
        }
        let nothing = account.change_profile(&access, None, None).await.unwrap();
        assert_eq!(Ok(nothing), account.show(&access).await);
    }

    #[tokio::test]
    async fn a_kept_avatar_can_be_given_back_as_it_was_shown() {
        let house = House::new().await;
        let account = house.account(Duration::ZERO);
        let (user, _, access, _) = house.sign_in("oAlice").await;
        avatar::give(&house.stores, user.id, 1).await;
        let shown = |number| format!("https://login.example/avatars/{number:032x}.jpg");
        let change = |avatar| account.change_profile(&access, Some("小明"), Some(avatar));
        let (own, another) = (shown(1), shown(2));
        let changed = change(&own).await.unwrap();
        assert_eq!(changed.nickname.unwrap().as_str(), "小明");
        assert_eq!(changed.avatar_url.unwrap(), AvatarUrl::hosted(&avatar::name(1)));
        let other = change(&another).await;
        assert!(matches!(other, Err(AccountError::AvatarUrl(_))), "{other:?}");
    }

    #[tokio::test]
    async fn an_account_without_grace_goes_at_once() {
        let house = House::new().await;
        let account = house.account(Duration::ZERO);
        let (user, _, access, refresh) = house.sign_in("oAlice").await;
        assert_eq!(account.erase(&access).await, Ok(None));
        assert_eq!(account.show(&access).await, Err(NotSignedIn::TokenInvalid));
        assert!(house.introspection.verify(&access).await.is_err());
        assert!(house.refresh.refresh(&refresh).await.is_err());
        assert_eq!(house.stores.accounts.find_user(user.id).await, Ok(None));
    }

    #[tokio::test]
    async fn an_account_with_grace_goes_when_its_time_has_come() {
        let house = House::new().await;
        let account = house.account(A_WEEK);
        let (user, _, access, _) = house.sign_in("oAlice").await;
        let until = house.clock.now().plus(A_WEEK);
        assert_eq!(account.erase(&access).await, Ok(Some(until)));
        assert!(house.introspection.verify(&access).await.is_err());
        let login = Sample::of("oAlice").at(1);
        assert_eq!(login.outcome(&house.stores).await, LoginOutcome::Erasing);
        house.clock.advance(A_WEEK.saturating_sub(Duration::from_millis(1)));
        house.housekeeping.run().await.unwrap();
        assert!(house.stores.accounts.find_user(user.id).await.unwrap().is_some());
        house.clock.advance(Duration::from_millis(1));
        house.housekeeping.run().await.unwrap();
        assert_eq!(house.stores.accounts.find_user(user.id).await, Ok(None));
    }

    #[tokio::test]
    async fn erasing_needs_a_recent_login_and_a_token_of_v1() {
        let house = House::new().await;
        let account = house.account(Duration::ZERO);
        let (user, session, access, _) = house.sign_in("oAlice").await;
        let original = house.token(TokenKind::Original, &user, &session);
        assert_eq!(account.erase(&original).await, Err(NotSignedIn::TokenInvalid));
        house.clock.advance(Duration::from_mins(5));
        assert_eq!(account.erase(&access).await, Err(NotSignedIn::ReauthenticationRequired));
        assert!(account.show(&access).await.is_ok());
    }

    #[tokio::test]
    async fn who_was_merged_meanwhile_is_not_told_to_be_gone() {
        let house = House::new().await;
        let (_, _, access, _) = house.sign_in("oAlice").await;
        for grace in [Duration::ZERO, A_WEEK] {
            let mut merged = MockAccountStore::new();
            merged.expect_erase().returning(|_| Ok(false));
            let account = house.account(grace).0;
            let merged = Account::new(AccountParts { accounts: Arc::new(merged), ..account });
            assert_eq!(merged.erase(&access).await, Err(NotSignedIn::TokenInvalid));
        }
    }
}
