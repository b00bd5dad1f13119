mod with_token;

use std::sync::atomic::Ordering;

use futures_util::future::join_all;

use super::*;
use crate::model::{App, Secret, SignUp};
use crate::ports::{FetchedAccessToken, MockWechatGateway};
use crate::testing::ManualClock;
use crate::usecase::test_wechat::SlowWechat;

const TWO_HOURS: Duration = Duration::from_hours(2);

fn app_id() -> AppId {
    AppId::parse("wxdev0000000000001").unwrap()
}

fn token(text: &str) -> WechatAccessToken {
    WechatAccessToken::parse(text).unwrap()
}

fn named(text: &str) -> FetchedAccessToken {
    FetchedAccessToken { token: token(text), expires_in: TWO_HOURS }
}

fn unavailable(seconds: u64) -> WechatFault {
    WechatFault::Unavailable {
        reply: WechatReply::default(),
        what: "it is busy",
        retry_after: Duration::from_secs(seconds),
    }
}

struct House {
    tokens: Arc<WechatAccessTokens>,
    clock: Arc<ManualClock>,
}

fn house(wechat: impl WechatGateway + 'static) -> House {
    let apps = ["wxdev0000000000001", "wxdev0000000000002"].map(|id| App {
        id: AppId::parse(id).unwrap(),
        secret: Secret::new("secret"),
        second_secret: None,
        encrypted_phone: false,
        sign_up: SignUp::Open,
    });
    let clock = Arc::new(ManualClock::default());
    let apps = Apps::new(apps.into());
    let tokens = WechatAccessTokens::new(Arc::new(wechat), &apps, clock.clone());
    House { tokens: Arc::new(tokens), clock }
}

impl House {
    async fn token(&self) -> Result<String, WechatFault> {
        let held = self.tokens.token(&app_id()).await?;
        self.tokens.idle().await;
        Ok(held.token.expose().to_owned())
    }

    async fn after(&self, refused: &str) -> String {
        let held = self.tokens.after_rejection(&app_id(), &token(refused)).await.unwrap();
        held.token.expose().to_owned()
    }
}

/// A WeChat that is asked exactly this often, and answers in this order.
fn answering(answers: Vec<Result<FetchedAccessToken, WechatFault>>) -> MockWechatGateway {
    let mut wechat = MockWechatGateway::new();
    let count = answers.len();
    let answers = Mutex::new(answers.into_iter());
    wechat
        .expect_access_token()
        .times(count)
        .returning(move |_, _| answers.lock().unwrap().next().unwrap());
    wechat
}

#[tokio::test]
async fn a_token_is_fetched_once_and_its_life_runs_out() {
    let house = house(answering(vec![Ok(named("first")), Ok(named("second"))]));
    assert_eq!(house.token().await.unwrap(), "first");
    house.clock.advance(Duration::from_mins(100));
    let held = house.tokens.token(&app_id()).await.unwrap();
    assert_eq!((held.token, held.expires_in), (token("first"), Duration::from_mins(20)));
    house.clock.advance(Duration::from_mins(20));
    assert_eq!(house.token().await.unwrap(), "second");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_who_need_it_at_the_moment_it_expires_share_one_question() {
    let wechat = SlowWechat::default();
    wechat.tokens.lock().unwrap().extend([Ok(named("first")), Ok(named("second"))]);
    let (calls, asked, go) = (wechat.calls.clone(), wechat.asked.clone(), wechat.go.clone());
    let house = house(wechat);
    go.notify_one();
    assert_eq!(house.token().await.unwrap(), "first");
    asked.notified().await;
    house.clock.advance(TWO_HOURS);

    let callers = (0..200).map(|_| {
        let tokens = house.tokens.clone();
        tokio::spawn(async move { tokens.token(&app_id()).await.unwrap().token })
    });
    let callers = callers.collect::<Vec<_>>();
    asked.notified().await;
    go.notify_one();
    for caller in join_all(callers).await {
        assert_eq!(caller.unwrap(), token("second"));
    }
    house.tokens.idle().await;
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn those_who_need_it_for_different_reasons_share_one_question() {
    let house = house(answering(vec![Ok(named("first"))]));
    let app_id = app_id();
    let refused = token("of-another-instance");
    let (working, other) =
        tokio::join!(house.tokens.token(&app_id), house.tokens.after_rejection(&app_id, &refused));
    assert_eq!((working.unwrap().token, other.unwrap().token), (token("first"), token("first")));
}

#[tokio::test]
async fn nobody_waits_while_a_token_is_renewed() {
    let wechat = SlowWechat::default();
    wechat.tokens.lock().unwrap().extend([Ok(named("first")), Ok(named("second"))]);
    let (calls, asked, go) = (wechat.calls.clone(), wechat.asked.clone(), wechat.go.clone());
    let house = house(wechat);
    go.notify_one();
    assert_eq!(house.token().await.unwrap(), "first");
    asked.notified().await;

    house.clock.advance(TWO_HOURS.saturating_sub(Duration::from_secs(301)));
    assert_eq!(house.token().await.unwrap(), "first");
    assert_eq!(calls.load(Ordering::SeqCst), 1, "there is time enough");
    house.clock.advance(Duration::from_secs(1));
    for _ in 0..3 {
        // WeChat does not answer yet.
        assert_eq!(house.tokens.token(&app_id()).await.unwrap().token, token("first"));
    }
    asked.notified().await;
    go.notify_one();
    house.tokens.idle().await;
    assert_eq!(house.token().await.unwrap(), "second");
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_renewal_that_brings_nothing_new_is_repeated_after_a_pause() {
    let old = FetchedAccessToken { token: token("first"), expires_in: Duration::from_secs(299) };
    let busy = Err(unavailable(2));
    let house = house(answering(vec![Ok(named("first")), Ok(old), busy, Ok(named("second"))]));
    let expect = async |text: &str| assert_eq!(house.token().await.unwrap(), text);
    expect("first").await;
    house.clock.advance(TWO_HOURS.saturating_sub(Duration::from_mins(5)));
    expect("first").await; // Asks, and is given the same.
    expect("first").await;
    house.clock.advance(Duration::from_secs(10));
    expect("first").await; // Asks, and WeChat is busy.
    house.clock.advance(Duration::from_secs(1));
    expect("first").await;
    house.clock.advance(Duration::from_secs(1));
    expect("first").await; // Asks, and is given the next.
    expect("second").await;
}

#[tokio::test]
async fn a_wechat_that_names_no_token_is_left_alone_for_a_while() {
    let misconfigured =
        WechatFault::Misconfigured { reply: WechatReply::default(), mend: "the secret".into() };
    let quota = WechatFault::RateLimited {
        reply: WechatReply::default(),
        retry_after: Duration::from_hours(1),
    };
    let house = house(answering(vec![
        Err(unavailable(7)),
        Err(misconfigured.clone()),
        Err(quota.clone()),
        Ok(named("first")),
    ]));
    assert_eq!(house.token().await, Err(unavailable(7)));
    house.clock.advance(Duration::from_secs(6));
    assert_eq!(house.token().await, Err(unavailable(1)), "the same, with the time that is left");
    house.clock.advance(Duration::from_secs(1));
    assert_eq!(house.token().await, Err(misconfigured.clone()));
    house.clock.advance(Duration::from_secs(9));
    assert_eq!(house.token().await, Err(misconfigured));
    house.clock.advance(Duration::from_secs(1));
    assert_eq!(house.token().await, Err(quota));
    house.clock.advance(Duration::from_secs(59));
    assert!(matches!(house.token().await, Err(WechatFault::RateLimited { .. })));
    house.clock.advance(Duration::from_secs(1));
    assert_eq!(house.token().await.unwrap(), "first", "a minute is the longest pause");
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_however_many_say_so() {
    let house = house(answering(vec![Ok(named("first")), Ok(named("second"))]));
    house.token().await.unwrap();
    let answers = join_all((0..100).map(|_| house.after("first"))).await;
    assert!(answers.iter().all(|token| token == "second"));
    assert_eq!(house.after("first").await, "second", "this one comes late");
    assert_eq!(house.after("zeroth").await, "second", "and this one much too late");
}

#[tokio::test]
async fn a_token_that_wechat_names_again_is_not_asked_for_again_at_once() {
    let house = house(answering(vec![Ok(named("first")), Ok(named("first")), Ok(named("second"))]));
    house.token().await.unwrap();
    assert_eq!(house.after("first").await, "first");
    assert_eq!(house.after("first").await, "first");
    house.clock.advance(Duration::from_secs(10));
    assert_eq!(house.after("first").await, "second");
}

#[tokio::test]
async fn an_operator_renews_a_token_by_force() {
    let mut wechat = MockWechatGateway::new();
    wechat
        .expect_access_token()
        .times(2)
        .returning(|_, force| Ok(named(if force { "forced" } else { "first" })));
    let house = house(wechat);
    house.token().await.unwrap();
    let forced = house.tokens.force_refresh(&app_id()).await.unwrap();
    assert_eq!((forced.token, forced.expires_in), (token("forced"), TWO_HOURS));
    assert_eq!(house.token().await.unwrap(), "forced");
    let again = house.tokens.force_refresh(&app_id()).await;
    let Err(ForceRefreshError::TooSoon { retry_after }) = again else { panic!("{again:?}") };
    assert!(retry_after <= Duration::from_secs(30) && retry_after > Duration::from_secs(20));
}

#[tokio::test]
async fn an_operator_is_told_when_wechat_does_not_renew() {
    let house = house(answering(vec![Ok(named("first")), Ok(named("first"))]));
    house.token().await.unwrap();
    let ignored = house.tokens.force_refresh(&app_id()).await;
    assert_eq!(ignored, Err(ForceRefreshError::Ignored));
}

#[tokio::test]
async fn an_answer_that_was_given_earlier_never_replaces_a_later_one() {
    let wechat = SlowWechat::default();
    wechat.tokens.lock().unwrap().extend([Ok(named("first")), Ok(named("forced"))]);
    let (calls, asked, go) = (wechat.calls.clone(), wechat.asked.clone(), wechat.go.clone());
    let house = house(wechat);
    let app_id = app_id();
    let force = async {
        asked.notified().await;
        // The question before is still on its way.
        let (forced, ()) = tokio::join!(house.tokens.force_refresh(&app_id), async {
            tokio::task::yield_now().await;
            assert_eq!(calls.load(Ordering::SeqCst), 1);
            go.notify_one();
            asked.notified().await;
            go.notify_one();
        });
        forced.unwrap().token
    };
    let (first, forced) = tokio::join!(house.tokens.token(&app_id), force);
    assert_eq!((first.unwrap().token, forced), (token("first"), token("forced")));
    assert_eq!(house.token().await.unwrap(), "forced");
}

#[tokio::test]
async fn a_question_goes_on_when_its_asker_has_gone() {
    let wechat = SlowWechat::default();
    wechat.tokens.lock().unwrap().push_back(Ok(named("first")));
    let (asked, go) = (wechat.asked.clone(), wechat.go.clone());
    let house = house(wechat);
    tokio::select! {
        _ = house.token() => unreachable!("WeChat has not answered"),
        () = asked.notified() => {}
    }
    go.notify_one();
    house.tokens.idle().await;
    assert_eq!(house.token().await.unwrap(), "first");
}

#[tokio::test]
async fn each_app_has_its_own_and_strangers_have_none() {
    let mut wechat = MockWechatGateway::new();
    wechat.expect_access_token().times(2).returning(|app_id, _| Ok(named(&app_id.as_str()[17..])));
    let house = house(wechat);
    let of = async |id: &str| house.tokens.token(&AppId::parse(id).unwrap()).await;
    assert_eq!(of("wxdev0000000000001").await.unwrap().token, token("1"));
    assert_eq!(of("wxdev0000000000002").await.unwrap().token, token("2"));
    let stranger = of("wxother00000000001").await;
    assert!(matches!(stranger, Err(WechatFault::Misconfigured { .. })), "{stranger:?}");
}
