mod with_token;

use std::sync::atomic::Ordering;

use futures_util::future::join_all;

use super::*;
use crate::model::{App, Secret, SignUp};
use crate::ports::{FetchedAccessToken, MockWechatGateway};
use crate::testing::{FakeWechat, ManualClock};

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

struct Harness {
    tokens: Arc<WechatAccessTokens>,
    clock: Arc<ManualClock>,
}

fn harness(wechat: impl WechatGateway + 'static) -> Harness {
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
    Harness { tokens: Arc::new(tokens), clock }
}

impl Harness {
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

/// A WeChat that is called once per answer, and returns them in this order.
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
    let harness = harness(answering(vec![Ok(named("first")), Ok(named("second"))]));
    assert_eq!(harness.token().await.unwrap(), "first");
    harness.clock.advance(Duration::from_mins(100));
    let held = harness.tokens.token(&app_id()).await.unwrap();
    assert_eq!((held.token, held.expires_in), (token("first"), Duration::from_mins(20)));
    harness.clock.advance(Duration::from_mins(20));
    assert_eq!(harness.token().await.unwrap(), "second");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_callers_at_its_expiry_share_one_call() {
    let (wechat, gate) = FakeWechat::gated(vec![named("first"), named("second")]);
    let harness = harness(wechat);
    gate.open.notify_one();
    assert_eq!(harness.token().await.unwrap(), "first");
    gate.called.notified().await;
    harness.clock.advance(TWO_HOURS);

    let callers = (0..200).map(|_| {
        let tokens = harness.tokens.clone();
        tokio::spawn(async move { tokens.token(&app_id()).await.unwrap().token })
    });
    let callers = callers.collect::<Vec<_>>();
    gate.called.notified().await;
    gate.open.notify_one();
    for caller in join_all(callers).await {
        assert_eq!(caller.unwrap(), token("second"));
    }
    harness.tokens.idle().await;
    assert_eq!(gate.calls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn callers_with_different_needs_share_one_call() {
    let harness = harness(answering(vec![Ok(named("first"))]));
    let app_id = app_id();
    let refused = token("of-another-instance");
    let (working, other) = tokio::join!(
        harness.tokens.token(&app_id),
        harness.tokens.after_rejection(&app_id, &refused)
    );
    assert_eq!((working.unwrap().token, other.unwrap().token), (token("first"), token("first")));
}

#[tokio::test]
async fn nobody_waits_while_a_token_is_renewed() {
    let (wechat, gate) = FakeWechat::gated(vec![named("first"), named("second")]);
    let harness = harness(wechat);
    gate.open.notify_one();
    assert_eq!(harness.token().await.unwrap(), "first");
    gate.called.notified().await;

    harness.clock.advance(TWO_HOURS.saturating_sub(Duration::from_secs(301)));
    assert_eq!(harness.token().await.unwrap(), "first");
    assert_eq!(gate.calls.load(Ordering::SeqCst), 1, "there is time enough");
    harness.clock.advance(Duration::from_secs(1));
    for _ in 0..3 {
        // WeChat does not answer yet.
        assert_eq!(harness.tokens.token(&app_id()).await.unwrap().token, token("first"));
    }
    gate.called.notified().await;
    gate.open.notify_one();
    harness.tokens.idle().await;
    assert_eq!(harness.token().await.unwrap(), "second");
    assert_eq!(gate.calls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_renewal_that_brings_nothing_new_is_repeated_after_a_pause() {
    let old = FetchedAccessToken { token: token("first"), expires_in: Duration::from_secs(299) };
    let busy = Err(unavailable(2));
    let harness = harness(answering(vec![Ok(named("first")), Ok(old), busy, Ok(named("second"))]));
    let expect = async |text: &str| assert_eq!(harness.token().await.unwrap(), text);
    expect("first").await;
    harness.clock.advance(TWO_HOURS.saturating_sub(Duration::from_mins(5)));
    expect("first").await; // Asks, and is given the same.
    expect("first").await;
    harness.clock.advance(Duration::from_secs(10));
    expect("first").await; // Asks, and WeChat is busy.
    harness.clock.advance(Duration::from_secs(1));
    expect("first").await;
    harness.clock.advance(Duration::from_secs(1));
    expect("first").await; // Asks, and is given the next.
    expect("second").await;
}

#[tokio::test]
async fn a_wechat_that_returns_no_token_is_not_asked_for_a_while() {
    let misconfigured =
        WechatFault::Misconfigured { reply: WechatReply::default(), fix: "the secret".into() };
    let quota = WechatFault::RateLimited {
        reply: WechatReply::default(),
        retry_after: Duration::from_hours(1),
    };
    let harness = harness(answering(vec![
        Err(unavailable(7)),
        Err(misconfigured.clone()),
        Err(quota.clone()),
        Ok(named("first")),
    ]));
    assert_eq!(harness.token().await, Err(unavailable(7)));
    harness.clock.advance(Duration::from_secs(6));
    assert_eq!(harness.token().await, Err(unavailable(1)), "the same, with the time that is left");
    harness.clock.advance(Duration::from_secs(1));
    assert_eq!(harness.token().await, Err(misconfigured.clone()));
    harness.clock.advance(Duration::from_secs(9));
    assert_eq!(harness.token().await, Err(misconfigured));
    harness.clock.advance(Duration::from_secs(1));
    assert_eq!(harness.token().await, Err(quota));
    harness.clock.advance(Duration::from_secs(59));
    assert!(matches!(harness.token().await, Err(WechatFault::RateLimited { .. })));
    harness.clock.advance(Duration::from_secs(1));
    assert_eq!(harness.token().await.unwrap(), "first", "a minute is the longest pause");
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_however_many_say_so() {
    let harness = harness(answering(vec![Ok(named("first")), Ok(named("second"))]));
    harness.token().await.unwrap();
    let answers = join_all((0..100).map(|_| harness.after("first"))).await;
    assert!(answers.iter().all(|token| token == "second"));
    assert_eq!(harness.after("first").await, "second", "this one comes late");
    assert_eq!(harness.after("zeroth").await, "second", "and this one much too late");
}

#[tokio::test]
async fn a_token_that_wechat_returns_again_is_not_asked_for_again_at_once() {
    let harness =
        harness(answering(vec![Ok(named("first")), Ok(named("first")), Ok(named("second"))]));
    harness.token().await.unwrap();
    assert_eq!(harness.after("first").await, "first");
    assert_eq!(harness.after("first").await, "first");
    harness.clock.advance(Duration::from_secs(10));
    assert_eq!(harness.after("first").await, "second");
}

#[tokio::test]
async fn an_operator_force_refreshes_a_token() {
    let mut wechat = MockWechatGateway::new();
    wechat
        .expect_access_token()
        .times(2)
        .returning(|_, force| Ok(named(if force { "forced" } else { "first" })));
    let harness = harness(wechat);
    harness.token().await.unwrap();
    let forced = harness.tokens.force_refresh(&app_id()).await.unwrap();
    assert_eq!((forced.token, forced.expires_in), (token("forced"), TWO_HOURS));
    assert_eq!(harness.token().await.unwrap(), "forced");
    let again = harness.tokens.force_refresh(&app_id()).await;
    let Err(ForceRefreshError::TooSoon { retry_after }) = again else { panic!("{again:?}") };
    assert!(retry_after <= Duration::from_secs(30) && retry_after > Duration::from_secs(20));
}

#[tokio::test]
async fn an_operator_learns_that_wechat_did_not_refresh() {
    let harness = harness(answering(vec![Ok(named("first")), Ok(named("first"))]));
    harness.token().await.unwrap();
    let ignored = harness.tokens.force_refresh(&app_id()).await;
    assert_eq!(ignored, Err(ForceRefreshError::Ignored));
}

#[tokio::test]
async fn an_earlier_answer_never_replaces_a_later_one() {
    let (wechat, gate) = FakeWechat::gated(vec![named("first"), named("forced")]);
    let harness = harness(wechat);
    let app_id = app_id();
    let force = async {
        gate.called.notified().await;
        // The call before is still running.
        let (forced, ()) = tokio::join!(harness.tokens.force_refresh(&app_id), async {
            tokio::task::yield_now().await;
            assert_eq!(gate.calls.load(Ordering::SeqCst), 1);
            gate.open.notify_one();
            gate.called.notified().await;
            gate.open.notify_one();
        });
        forced.unwrap().token
    };
    let (first, forced) = tokio::join!(harness.tokens.token(&app_id), force);
    assert_eq!((first.unwrap().token, forced), (token("first"), token("forced")));
    assert_eq!(harness.token().await.unwrap(), "forced");
}

#[tokio::test]
async fn a_call_continues_when_its_caller_has_gone() {
    let (wechat, gate) = FakeWechat::gated(vec![named("first")]);
    let harness = harness(wechat);
    tokio::select! {
        _ = harness.token() => unreachable!("WeChat has not answered"),
        () = gate.called.notified() => {}
    }
    gate.open.notify_one();
    harness.tokens.idle().await;
    assert_eq!(harness.token().await.unwrap(), "first");
}

#[tokio::test]
async fn each_app_has_its_own_and_unknown_apps_have_none() {
    let mut wechat = MockWechatGateway::new();
    wechat.expect_access_token().times(2).returning(|app_id, _| Ok(named(&app_id.as_str()[17..])));
    let harness = harness(wechat);
    let of = async |id: &str| harness.tokens.token(&AppId::parse(id).unwrap()).await;
    assert_eq!(of("wxdev0000000000001").await.unwrap().token, token("1"));
    assert_eq!(of("wxdev0000000000002").await.unwrap().token, token("2"));
    let stranger = of("wxother00000000001").await;
    assert!(matches!(stranger, Err(WechatFault::Misconfigured { .. })), "{stranger:?}");
}
