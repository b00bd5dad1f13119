//! Learns from WeChat whose phone number a phone code stands for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::model::{AppId, OpenId, PhoneCode, PhoneNumber};
use crate::ports::{PhoneNumberError, WechatFault, WechatGateway};
use crate::usecase::SOON;
use crate::usecase::support::spent_codes::{Spending, SpentCodes};
use crate::usecase::wechat::access_tokens::WechatAccessTokens;

/// How many codes are remembered: some 250 a second for six minutes.
const CODES: usize = 90_000;

/// There is no phone number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoPhoneNumber {
    /// The person has to tap the button again.
    #[error("the phone code is invalid")]
    CodeInvalid,
    /// Too many calls for WeChat.
    #[error("too many calls for WeChat")]
    RateLimited {
        /// When to try again.
        retry_after: Duration,
    },
    /// WeChat refuses this service until its operator mends something.
    #[error("WeChat refuses this service")]
    WechatMisconfigured,
    /// WeChat gave no usable answer: a new code is needed, later.
    #[error("WeChat is not available")]
    WechatUnavailable {
        /// When to try again.
        retry_after: Duration,
    },
}

/// Asks WeChat for phone numbers.
///
/// A code is sent to WeChat once. The one exception is a call of which WeChat has refused the access
/// token: the code was not looked at then, and goes out again with another token.
pub struct PhoneNumbers {
    wechat: Arc<dyn WechatGateway>,
    tokens: Arc<WechatAccessTokens>,
    spent: SpentCodes,
}

impl PhoneNumbers {
    /// Wires the use case.
    #[must_use]
    pub fn new(wechat: Arc<dyn WechatGateway>, tokens: Arc<WechatAccessTokens>) -> Self {
        Self { wechat, tokens, spent: SpentCodes::new(CODES) }
    }

    /// The number that this person has allowed the app to see.
    pub async fn find(
        &self,
        app_id: &AppId,
        code: &PhoneCode,
        open_id: &OpenId,
    ) -> Result<PhoneNumber, NoPhoneNumber> {
        match self.spent.spend(app_id, code, Instant::now()) {
            Spending::First => {}
            Spending::Again => return Err(NoPhoneNumber::CodeInvalid),
            Spending::Full => {
                tracing::error!("more phone codes came in six minutes than can be remembered");
                return Err(NoPhoneNumber::WechatUnavailable { retry_after: SOON });
            }
        }
        let sent = AtomicBool::new(false);
        let ask = |token| {
            let sent = &sent;
            async move {
                let number = self.wechat.phone_number(app_id, &token, code, open_id).await;
                let not_asked = |error: &_| {
                    matches!(error, PhoneNumberError::Fault(WechatFault::NotAsked { .. }))
                };
                sent.fetch_or(!number.as_ref().is_err_and(not_asked), Ordering::Relaxed);
                number
            }
        };
        let found = self.tokens.with_token(app_id, ask).await;
        if !sent.into_inner() {
            self.spent.give_back(app_id, code);
        }
        found.map_err(|error| told(app_id, &error))
    }
}

fn told(app_id: &AppId, error: &PhoneNumberError) -> NoPhoneNumber {
    match error {
        PhoneNumberError::CodeInvalid(_) => {
            tracing::info!(%app_id, %error, "a phone code was refused");
            NoPhoneNumber::CodeInvalid
        }
        PhoneNumberError::TokenRejected(_) => {
            tracing::error!(%app_id, %error, "WeChat does not take the access tokens it names");
            NoPhoneNumber::WechatUnavailable { retry_after: SOON }
        }
        PhoneNumberError::Fault(WechatFault::RateLimited { retry_after, .. }) => {
            tracing::warn!(%app_id, %error, "WeChat limits questions for phone numbers");
            NoPhoneNumber::RateLimited { retry_after: *retry_after }
        }
        PhoneNumberError::Fault(WechatFault::Misconfigured { .. }) => {
            tracing::error!(%app_id, %error, "no phone number until this is mended");
            NoPhoneNumber::WechatMisconfigured
        }
        PhoneNumberError::Fault(WechatFault::Unavailable { retry_after, .. }) => {
            tracing::warn!(%app_id, %error, "a phone code may be lost");
            NoPhoneNumber::WechatUnavailable { retry_after: *retry_after }
        }
        PhoneNumberError::Fault(WechatFault::NotAsked { retry_after, .. }) => {
            NoPhoneNumber::WechatUnavailable { retry_after: *retry_after }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{App, Apps, Secret, SignUp, WechatAccessToken};
    use crate::ports::{FetchedAccessToken, MockWechatGateway, WechatReply};
    use crate::testing::ManualClock;

    fn fetched(token: &str) -> FetchedAccessToken {
        let token = WechatAccessToken::parse(token).unwrap();
        FetchedAccessToken { token, expires_in: Duration::from_hours(2) }
    }

    /// Asks twice with the same code; WeChat gives each question that reaches it the next answer.
    async fn ask_twice(
        answers: Vec<Result<PhoneNumber, PhoneNumberError>>,
    ) -> [Result<PhoneNumber, NoPhoneNumber>; 2] {
        let mut wechat = MockWechatGateway::new();
        let mut fetches = 0;
        wechat.expect_access_token().returning(move |_, _| {
            fetches += 1;
            Ok(fetched(&format!("token{fetches}")))
        });
        let count = answers.len();
        let mut answers = answers.into_iter();
        wechat
            .expect_phone_number()
            .withf(|_, _, code, open_id| code.expose() == "code" && open_id.as_str() == "oAlice")
            .times(count)
            .returning(move |_, _, _, _| answers.next().unwrap());
        let wechat: Arc<dyn WechatGateway> = Arc::new(wechat);
        let app_id = AppId::parse("wxdev0000000000001").unwrap();
        let app = App {
            id: app_id.clone(),
            secret: Secret::new("secret"),
            second_secret: None,
            encrypted_phone: false,
            sign_up: SignUp::Open,
        };
        let clock = Arc::new(ManualClock::default());
        let tokens = WechatAccessTokens::new(wechat.clone(), &Apps::new(vec![app]), clock);
        let numbers = PhoneNumbers::new(wechat, Arc::new(tokens));
        let (code, open_id) = (PhoneCode::parse("code").unwrap(), OpenId::parse("oAlice").unwrap());
        [numbers.find(&app_id, &code, &open_id).await, numbers.find(&app_id, &code, &open_id).await]
    }

    fn phone() -> PhoneNumber {
        PhoneNumber::parse("86", "13800138000").unwrap()
    }

    fn reply() -> WechatReply {
        WechatReply::default()
    }

    #[tokio::test]
    async fn a_code_is_sent_once() {
        let busy = WechatFault::Unavailable {
            reply: reply(),
            what: "it is busy",
            retry_after: Duration::from_secs(2),
        };
        let limited =
            WechatFault::RateLimited { reply: reply(), retry_after: Duration::from_secs(9) };
        let refused = WechatFault::Misconfigured { reply: reply(), mend: "the app id".into() };
        let (soon, later) = (Duration::from_secs(2), Duration::from_secs(9));
        for (answer, expected) in [
            (Ok(phone()), Ok(phone())),
            (Err(PhoneNumberError::CodeInvalid(reply())), Err(NoPhoneNumber::CodeInvalid)),
            (Err(busy.into()), Err(NoPhoneNumber::WechatUnavailable { retry_after: soon })),
            (Err(limited.into()), Err(NoPhoneNumber::RateLimited { retry_after: later })),
            (Err(refused.into()), Err(NoPhoneNumber::WechatMisconfigured)),
        ] {
            let [first, again] = ask_twice(vec![answer]).await;
            assert_eq!(first, expected);
            assert_eq!(again, Err(NoPhoneNumber::CodeInvalid), "it is not sent again");
        }
    }

    #[tokio::test]
    async fn a_code_that_was_not_sent_is_as_good_as_before() {
        let retry_after = Duration::from_secs(2);
        let resting = WechatFault::NotAsked { what: "it rests", retry_after };
        let [first, again] = ask_twice(vec![Err(resting.into()), Ok(phone())]).await;
        assert_eq!(first, Err(NoPhoneNumber::WechatUnavailable { retry_after }));
        assert_eq!(again, Ok(phone()));
    }

    #[tokio::test]
    async fn a_code_that_was_not_looked_at_goes_out_once_more() {
        let rejected = || Err(PhoneNumberError::TokenRejected(reply()));
        let [first, _] = ask_twice(vec![rejected(), Ok(phone())]).await;
        assert_eq!(first, Ok(phone()));
        let [first, again] = ask_twice(vec![rejected(), rejected()]).await;
        assert!(matches!(first, Err(NoPhoneNumber::WechatUnavailable { .. })), "{first:?}");
        assert_eq!(again, Err(NoPhoneNumber::CodeInvalid));
    }
}
