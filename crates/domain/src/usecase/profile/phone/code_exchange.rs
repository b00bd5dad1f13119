//! Asks WeChat for the phone number of a phone code.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::model::{AppId, OpenId, PhoneCode, PhoneNumber};
use crate::ports::{PhoneNumberError, WechatFault, WechatReply};
use crate::usecase::context::Context;
use crate::usecase::support::spent_codes::{Spending, SpentCodes};

/// How many codes of each app are remembered: about 250 a second for six minutes.
const CODES: usize = 90_000;

/// Exchanges phone codes for phone numbers.
///
/// A code is sent to WeChat once. The only exception is a call whose access token WeChat refused:
/// WeChat did not look at the code then, and it is sent again with another token.
pub(crate) struct PhoneCodeExchange {
    context: Arc<Context>,
    spent: SpentCodes,
}

impl PhoneCodeExchange {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context, spent: SpentCodes::new(CODES) }
    }

    /// Returns the phone number that the user has shared with the app.
    pub(crate) async fn find(
        &self,
        app_id: &AppId,
        code: &PhoneCode,
        open_id: &OpenId,
    ) -> Result<PhoneNumber, PhoneNumberError> {
        match self.spent.spend(app_id, code, Instant::now()) {
            Spending::First => {}
            Spending::Again => return Err(PhoneNumberError::CodeInvalid(WechatReply::default())),
        }
        let sent = &AtomicBool::new(false);
        let ask = |token| async move {
            let number = self.context.wechat().phone_number(app_id, &token, code, open_id).await;
            let not_asked =
                matches!(number, Err(PhoneNumberError::Fault(WechatFault::NotAsked { .. })));
            sent.fetch_or(!not_asked, Ordering::Relaxed);
            number
        };
        let found = self.context.wechat_access_tokens.with_token(app_id, ask).await;
        if !sent.load(Ordering::Relaxed) {
            self.spent.give_back(app_id, code);
        } else if matches!(found, Err(PhoneNumberError::CodeInvalid(_))) {
            self.spent.note_invalid(app_id, code, Instant::now());
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::WechatAccessToken;
    use crate::ports::{FetchedAccessToken, MockWechatGateway, WechatReply};
    use crate::testing::contract::app_id;
    use crate::usecase::harness::{Harness, wechat_with_token};

    /// Asks twice with the same code; WeChat gives each question that reaches it the next answer.
    async fn ask_twice(
        answers: Vec<Result<PhoneNumber, PhoneNumberError>>,
    ) -> [Result<PhoneNumber, PhoneNumberError>; 2] {
        let mut wechat = MockWechatGateway::new();
        let mut fetches = 0;
        wechat.expect_access_token().returning(move |_, _| {
            fetches += 1;
            let token = WechatAccessToken::parse(&format!("token{fetches}")).unwrap();
            Ok(FetchedAccessToken { token, expires_in: Duration::from_hours(2) })
        });
        let count = answers.len();
        let mut answers = answers.into_iter();
        wechat
            .expect_phone_number()
            .withf(|_, _, code, open_id| code.expose() == "code" && open_id.as_str() == "oAlice")
            .times(count)
            .returning(move |_, _, _, _| answers.next().unwrap());
        let harness = Harness::with(|ports, _| ports.wechat = Arc::new(wechat)).await;
        let codes = PhoneCodeExchange::new(harness.context.clone());
        let app_id = app_id(1);
        let (code, open_id) = (PhoneCode::parse("code").unwrap(), OpenId::parse("oAlice").unwrap());
        [codes.find(&app_id, &code, &open_id).await, codes.find(&app_id, &code, &open_id).await]
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
        let refused = WechatFault::Misconfigured { reply: reply(), fix: "the app id".into() };
        for answer in [
            Ok(phone()),
            Err(PhoneNumberError::CodeInvalid(reply())),
            Err(busy.into()),
            Err(limited.into()),
            Err(refused.into()),
        ] {
            let [first, again] = ask_twice(vec![answer.clone()]).await;
            assert_eq!(first, answer);
            assert_eq!(again, Err(PhoneNumberError::CodeInvalid(reply())), "it is not sent again");
        }
    }

    #[tokio::test]
    async fn made_up_codes_of_one_user_do_not_stop_others() {
        let mut wechat = wechat_with_token();
        wechat.expect_phone_number().returning(|_, _, code, _| match code.expose() {
            "code" => Ok(phone()),
            _ => Err(PhoneNumberError::CodeInvalid(reply())),
        });
        let harness = Harness::with(|ports, _| ports.wechat = Arc::new(wechat)).await;
        let codes = PhoneCodeExchange::new(harness.context.clone());
        let (app_id, eve) = (app_id(1), OpenId::parse("oEve").unwrap());
        for number in 0..=CODES {
            let made_up = PhoneCode::parse(&format!("made-up{number}")).unwrap();
            let found = codes.find(&app_id, &made_up, &eve).await;
            assert_eq!(found, Err(PhoneNumberError::CodeInvalid(reply())));
        }
        let (code, alice) = (PhoneCode::parse("code").unwrap(), OpenId::parse("oAlice").unwrap());
        assert_eq!(codes.find(&app_id, &code, &alice).await, Ok(phone()));
    }

    #[tokio::test]
    async fn a_code_that_was_not_sent_can_be_sent_later() {
        let retry_after = Duration::from_secs(2);
        let resting = WechatFault::NotAsked { what: "it rests", retry_after };
        let [first, again] = ask_twice(vec![Err(resting.clone().into()), Ok(phone())]).await;
        assert_eq!(first, Err(resting.into()));
        assert_eq!(again, Ok(phone()));
    }

    #[tokio::test]
    async fn a_code_is_sent_again_if_wechat_refused_the_access_token() {
        let rejected = || Err(PhoneNumberError::TokenRejected(reply()));
        let [first, _] = ask_twice(vec![rejected(), Ok(phone())]).await;
        assert_eq!(first, Ok(phone()));
        let [first, again] = ask_twice(vec![rejected(), rejected()]).await;
        assert!(matches!(first, Err(PhoneNumberError::TokenRejected(_))), "{first:?}");
        assert_eq!(again, Err(PhoneNumberError::CodeInvalid(reply())));
    }
}
