use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;

use super::*;
use crate::model::{Apps, IdentityKey, OpenId, SignUp, UnknownApp, User, UserStatus, VisibleApps};
use crate::ports::{
    CodeExchange, ExchangeError, MockWechatGateway, Place, RateLimiter, RetryAfter, Sealer,
    UserChange, WechatFault, WechatGateway, WechatReply,
};
use crate::testing::contract::app_id;
use crate::testing::{FakeMasterKeys, FakeSealer, FakeWechat, MemoryStore};
use crate::usecase::harness::Harness;
use crate::usecase::tokens::current_user::AuthenticationError;

const CODE: &str = "0a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p";

fn client() -> ClientAddress {
    IpAddr::V4(Ipv4Addr::LOCALHOST).into()
}

fn request(code: &str) -> LogInRequest {
    LogInRequest { code: LoginCodeClaim(code.into()), ..LogInRequest::default() }
}

/// The user of every code in these tests.
fn exchange() -> CodeExchange {
    CodeExchange {
        open_id: OpenId::parse("oAlice").unwrap(),
        union_id: None,
        session_key: crate::model::SessionKey::parse("tiihtNczf5v6AKRyjwEUhQ==").unwrap(),
    }
}

fn identity() -> IdentityKey {
    IdentityKey { app_id: app_id(1), open_id: exchange().open_id }
}

async fn harness(wechat: impl WechatGateway + 'static) -> Harness {
    Harness::with(|ports, _| ports.wechat = Arc::new(wechat)).await
}

async fn limited(wechat: impl WechatGateway + 'static, failures: Failures) -> Harness {
    Harness::with(|ports, _| {
        ports.wechat = Arc::new(wechat);
        ports.failures = Arc::new(failures);
    })
    .await
}

async fn show(harness: &Harness, token: &str) -> Result<User, AuthenticationError> {
    let accept = [TokenKind::Access, TokenKind::Original];
    Ok(harness.context.current_user.find(token, &accept).await?.user)
}

/// A WeChat that must be called exactly once, and returns this.
fn asked_once(answer: Result<CodeExchange, ExchangeError>) -> MockWechatGateway {
    let mut wechat = MockWechatGateway::new();
    wechat.expect_exchange_code().times(1).return_once(move |_, _| answer);
    wechat
}

/// A WeChat that must not be called.
fn never_asked() -> MockWechatGateway {
    let mut wechat = MockWechatGateway::new();
    wechat.expect_exchange_code().times(0);
    wechat
}

#[tokio::test]
async fn a_code_becomes_a_user_a_session_and_a_token() {
    let harness = harness(asked_once(Ok(exchange()))).await;
    let request = LogInRequest {
        app_id: Some(app_id(1).to_string()),
        nickname: Some("爱丽丝".into()),
        avatar_url: Some("wxfile://tmp_1.jpg".into()),
        ..request(CODE)
    };
    let in_ = harness.log_in.log_in(request, TokenKind::Access, client()).await.unwrap();
    assert!(in_.is_new);
    assert_eq!(in_.session.open_id.as_str(), "oAlice");
    assert_eq!(in_.user.nickname.as_ref().unwrap().as_str(), "爱丽丝");
    assert_eq!(in_.user.avatar_url, None, "an unacceptable avatar is ignored");
    assert_eq!(in_.token.expires_in, Duration::from_mins(15));
    assert_eq!(show(&harness, in_.token.token.expose()).await, Ok(in_.user));
}

#[tokio::test]
async fn an_avatar_that_is_stored_here_is_ignored_at_login() {
    let harness = harness(asked_once(Ok(exchange()))).await;
    let avatar = "https://login.example/avatars/0123456789abcdef0123456789abcdef.jpg";
    let request = LogInRequest { avatar_url: Some(avatar.into()), ..request(CODE) };
    let in_ = harness.log_in.log_in(request, TokenKind::Access, client()).await.unwrap();
    assert_eq!(in_.user.avatar_url, None);
}

#[tokio::test]
async fn the_session_key_is_sealed_for_its_row() {
    let harness = harness(asked_once(Ok(exchange()))).await;
    harness.log_in.log_in(request(CODE), TokenKind::Access, client()).await.unwrap();
    let stored =
        harness.stores.session_keys.find_session_keys(&identity()).await.unwrap().unwrap().current;
    let app_id = app_id(1);
    let row = [app_id.as_str().as_bytes(), b"oAlice"];
    let place = Place { table: "identities", column: "session_key", row: &row };
    let opened = FakeSealer.open(place, &stored.sealed).unwrap();
    assert_eq!(opened.as_slice(), b"tiihtNczf5v6AKRyjwEUhQ==");
}

#[tokio::test]
async fn overlapping_calls_with_one_code_share_one_exchange() {
    let (wechat, gate) = FakeWechat::gated(Vec::new());
    let harness = harness(wechat).await;
    let callers =
        (0..32).map(|_| harness.log_in.log_in(request(CODE), TokenKind::Access, client()));
    let (answers, ()) = tokio::join!(join_all(callers), async {
        gate.called.notified().await;
        gate.open.notify_one();
    });
    let sessions = answers.into_iter().map(|answer| answer.unwrap().session.id).collect::<Vec<_>>();
    assert!(sessions.iter().all(|session| *session == sessions[0]));
    assert_eq!(gate.calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_login_finishes_when_the_client_hangs_up() {
    let (wechat, gate) = FakeWechat::gated(Vec::new());
    let harness = harness(wechat).await;
    tokio::select! {
        _ = harness.log_in.log_in(request(CODE), TokenKind::Access, client()) => {
            unreachable!("WeChat has not answered")
        }
        () = gate.called.notified() => {}
    }
    gate.open.notify_one();
    harness.log_in.idle().await;
    assert!(harness.stores.session_keys.find_session_keys(&identity()).await.unwrap().is_some());
}

#[tokio::test]
async fn a_code_is_never_sent_twice() {
    let unavailable = ExchangeError::Fault(WechatFault::Unavailable {
        reply: WechatReply { errcode: Some(-1), rid: None },
        what: "busy",
        retry_after: Duration::from_secs(2),
    });
    for answer in [Ok(exchange()), Err(unavailable)] {
        let harness = harness(asked_once(answer)).await;
        let _ = harness.log_in.log_in(request(CODE), TokenKind::Access, client()).await;
        for kind in [TokenKind::Access, TokenKind::Original] {
            let again = harness.log_in.log_in(request(CODE), kind, client()).await;
            assert_eq!(again.unwrap_err(), LogInError::CodeUsed);
        }
    }
}

#[tokio::test]
async fn a_code_that_was_not_sent_can_be_sent_later() {
    let retry_after = Duration::from_secs(2);
    let resting = WechatFault::NotAsked { what: "it rests", retry_after };
    let mut answers = vec![Err(resting.clone().into()), Ok(exchange())].into_iter();
    let mut wechat = MockWechatGateway::new();
    wechat.expect_exchange_code().times(2).returning(move |_, _| answers.next().unwrap());
    let harness = harness(wechat).await;
    let refused = harness.log_in.log_in(request(CODE), TokenKind::Access, client()).await;
    assert_eq!(refused.unwrap_err(), resting.into());
    assert!(harness.log_in.log_in(request(CODE), TokenKind::Access, client()).await.is_ok());
}

#[tokio::test]
async fn a_login_that_the_database_would_not_take_keeps_its_code() {
    let store = Arc::new(MemoryStore::default());
    let harness = Harness::with(|ports, _| {
        ports.stores = store.ports();
        ports.wechat = Arc::new(asked_once(Ok(exchange())));
        ports.failures = Arc::new(Failures(AtomicUsize::new(1)));
    })
    .await;
    let log_in = || harness.log_in.log_in(request(CODE), TokenKind::Access, client());
    for obstacle in [&store.is_full, &store.is_away] {
        obstacle.store(true, Ordering::SeqCst);
        let _ = harness.readiness.probe().await;
        assert!(matches!(log_in().await, Err(LogInError::NotAdmitted(_))));
        obstacle.store(false, Ordering::SeqCst);
        harness.readiness.probe().await.unwrap();
    }
    assert!(log_in().await.is_ok());
}

#[tokio::test]
async fn wechat_is_not_asked_about_malformed_codes() {
    let harness = harness(never_asked()).await;
    for code in ["", "the code is a mock one", "a&b=c", &"x".repeat(129)] {
        let answer = harness.log_in.log_in(request(code), TokenKind::Access, client()).await;
        assert_eq!(answer.unwrap_err(), LogInError::CodeMalformed, "{code}");
    }
    let other_app = LogInRequest { app_id: Some("wxother00000000001".into()), ..request(CODE) };
    let answer = harness.log_in.log_in(other_app, TokenKind::Access, client()).await;
    assert_eq!(answer.unwrap_err(), LogInError::UnknownApp(UnknownApp::NotConfigured));
}

#[tokio::test]
async fn each_answer_of_wechat_has_its_error() {
    let reply = WechatReply::default();
    let wait = Duration::from_secs(7);
    let mut cases = vec![
        (ExchangeError::CodeInvalid(reply.clone()), LogInError::CodeInvalid),
        (ExchangeError::CodeUsed(reply.clone()), LogInError::CodeUsed),
        (ExchangeError::Blocked(reply.clone()), LogInError::BlockedByWechat),
    ];
    let faults = [
        WechatFault::RateLimited { reply: reply.clone(), retry_after: wait },
        WechatFault::Misconfigured { reply: reply.clone(), fix: "the secret".into() },
        WechatFault::Unavailable { reply, what: "silence", retry_after: wait },
        WechatFault::NotAsked { what: "it rests", retry_after: wait },
    ];
    cases.extend(faults.map(|fault| (fault.clone().into(), fault.into())));
    for (answer, expected) in cases {
        let harness = harness(asked_once(Err(answer))).await;
        let error = harness.log_in.log_in(request(CODE), TokenKind::Access, client()).await;
        assert_eq!(error.unwrap_err(), expected);
    }
}

/// Allows this many failures.
struct Failures(AtomicUsize);

impl RateLimiter for Failures {
    fn take(&self, _: ClientAddress) -> Result<(), RetryAfter> {
        let left =
            self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        left.map(drop).map_err(|_| RetryAfter(Duration::from_secs(9)))
    }

    fn give_back(&self, _: ClientAddress) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn no_more_logins_run_than_may_fail() {
    let (wechat, gate) = FakeWechat::gated(Vec::new());
    let harness = limited(wechat, Failures(AtomicUsize::new(1))).await;
    let log_in = |code| harness.log_in.log_in(request(code), TokenKind::Access, client());
    let (first, ()) = tokio::join!(log_in("a"), async {
        gate.called.notified().await;
        assert!(matches!(log_in("b").await, Err(LogInError::TooManyFailures { .. })));
        gate.open.notify_one();
    });
    assert!(first.is_ok());
    assert_eq!(gate.calls.load(Ordering::SeqCst), 1);
    gate.open.notify_one();
    assert!(log_in("c").await.is_ok(), "its permit came back");
}

#[tokio::test]
async fn failed_logins_are_limited_and_successful_ones_are_not() {
    let mut wechat = MockWechatGateway::new();
    wechat.expect_exchange_code().times(2).returning(|_, code| match code.expose() {
        "wrong" => Err(ExchangeError::CodeInvalid(WechatReply::default())),
        _ => Ok(exchange()),
    });
    let harness = limited(wechat, Failures(AtomicUsize::new(2))).await;
    let log_in = |code| harness.log_in.log_in(request(code), TokenKind::Access, client());
    assert!(log_in("right").await.is_ok());
    assert_eq!(log_in("wrong").await.unwrap_err(), LogInError::CodeInvalid);
    assert_eq!(log_in("right").await.unwrap_err(), LogInError::CodeUsed);
    let limited = LogInError::TooManyFailures { retry_after: Duration::from_secs(9) };
    assert_eq!(log_in("another").await.unwrap_err(), limited);
}

#[tokio::test]
async fn codes_that_wechat_was_asked_about_in_vain_count_while_it_limits_calls() {
    let (reply, retry_after) = (WechatReply::default(), Duration::from_secs(9));
    let limits = WechatFault::RateLimited { reply, retry_after };
    let not_asked = WechatFault::NotAsked { what: "it limits calls", retry_after };
    let mut wechat = MockWechatGateway::new();
    wechat.expect_exchange_code().returning(move |_, code| match code.expose() {
        "asked" => Err(limits.clone().into()),
        "good" => Err(not_asked.clone().into()),
        _ => Err(ExchangeError::CodeInvalid(WechatReply::default())),
    });
    let harness = limited(wechat, Failures(AtomicUsize::new(2))).await;
    let log_in = |code| harness.log_in.log_in(request(code), TokenKind::Access, client());
    for code in ["good", "asked", "good", "good"] {
        assert!(matches!(log_in(code).await, Err(LogInError::Wechat(_))), "{code}");
    }
    assert_eq!(log_in("fake").await.unwrap_err(), LogInError::CodeInvalid);
    assert!(matches!(log_in("good").await, Err(LogInError::TooManyFailures { .. })));
}

#[tokio::test]
async fn new_users_cannot_sign_up_where_that_is_closed() {
    let harness = Harness::with(|ports, policies| {
        ports.wechat = Arc::new(asked_once(Ok(exchange())));
        let mut apps = policies.apps.iter().cloned().collect::<Vec<_>>();
        apps[0].sign_up = SignUp::Closed;
        policies.apps = Apps::new(apps);
    })
    .await;
    let answer = harness.log_in.log_in(request(CODE), TokenKind::Access, client()).await;
    assert_eq!(answer.unwrap_err(), LogInError::SignUpClosed);
}

#[tokio::test]
async fn tokens_expire_according_to_their_kind() {
    use crate::usecase::tokens::current_user::AuthenticationError::TokenInvalid;

    let mut wechat = MockWechatGateway::new();
    wechat.expect_exchange_code().returning(|_, _| Ok(exchange()));
    let harness = harness(wechat).await;
    let log_in = |code, kind| harness.log_in.log_in(request(code), kind, client());
    let access = log_in("a", TokenKind::Access).await.unwrap();
    let original = log_in("b", TokenKind::Original).await.unwrap();
    assert_eq!(original.token.expires_in, Duration::from_hours(24), "cut to the session's life");
    harness.clock.advance(Duration::from_secs(899));
    assert!(show(&harness, access.token.token.expose()).await.is_ok());
    harness.clock.advance(Duration::from_secs(1));
    assert_eq!(show(&harness, access.token.token.expose()).await, Err(TokenInvalid));
    assert!(show(&harness, original.token.token.expose()).await.is_ok());
    assert_eq!(show(&harness, "forged").await, Err(TokenInvalid));
    assert_eq!(show(&harness, &"x".repeat(5000)).await, Err(TokenInvalid));
}

#[tokio::test]
async fn a_banned_user_gets_an_error_of_its_own() {
    use crate::model::AuditAction;

    let mut wechat = MockWechatGateway::new();
    wechat.expect_exchange_code().returning(|_, _| Ok(exchange()));
    let harness = harness(wechat).await;
    let first = harness.log_in.log_in(request("a"), TokenKind::Access, client()).await.unwrap();
    let event = harness.context.audit_event(AuditAction::UserDisabled, first.user.id);
    let accounts = &harness.stores.accounts;
    let change = UserChange {
        apps: VisibleApps::All,
        user_id: first.user.id,
        status: Some(UserStatus::Disabled),
        user_type: None,
        tokens_until: harness.context.tokens_until(),
        now: event.at,
        events: vec![event],
    };
    accounts.change_user(change).await.unwrap();
    let shown = show(&harness, first.token.token.expose()).await;
    assert_eq!(shown, Err(AuthenticationError::UserDisabled));
    let again = harness.log_in.log_in(request("b"), TokenKind::Access, client()).await;
    assert_eq!(again.unwrap_err(), LogInError::UserDisabled);
}

const KEY: &str = "bWFkZSBhdCByYW5kb20gYnkgYSBjbGllbnQ";

fn repeatable(code: &str) -> LogInRequest {
    LogInRequest { idempotency_key: Some(IdempotencyKey::parse(KEY).unwrap()), ..request(code) }
}

#[tokio::test]
async fn a_repeated_login_gets_the_same_session() {
    let harness = harness(asked_once(Ok(exchange()))).await;
    let log_in = || harness.log_in.log_in(repeatable(CODE), TokenKind::Access, client());
    let first = log_in().await.unwrap();
    harness.clock.advance(Duration::from_mins(1));
    let again = log_in().await.unwrap();
    assert_eq!(again.session, first.session);
    assert_eq!(again.refresh.token, first.refresh.token);
    assert_ne!(again.token.token, first.token.token, "the access token is a new one");
    assert!(again.is_new, "the answer is the same");
    harness.clock.advance(Duration::from_secs(1));
    assert_eq!(log_in().await.unwrap_err(), LogInError::CodeUsed, "a minute is over");
}

#[tokio::test]
async fn a_repetition_is_refused_once_the_session_was_refreshed() {
    let harness = harness(asked_once(Ok(exchange()))).await;
    let log_in = || harness.log_in.log_in(repeatable(CODE), TokenKind::Access, client());
    let first = log_in().await.unwrap();
    harness.refresh.refresh(&first.refresh.token, client()).await.unwrap();
    assert_eq!(log_in().await.unwrap_err(), LogInError::CodeUsed);
}

#[tokio::test(start_paused = true)]
async fn a_repetition_is_refused_once_the_session_has_ended() {
    let harness = harness(asked_once(Ok(exchange()))).await;
    let log_in = || harness.log_in.log_in(repeatable(CODE), TokenKind::Access, client());
    let first = log_in().await.unwrap();
    harness.sessions.log_out(first.token.token.expose()).await.unwrap();
    assert_eq!(log_in().await.unwrap_err(), LogInError::CodeUsed);
}

#[tokio::test]
async fn another_request_with_the_same_key_is_refused() {
    let mut wechat = MockWechatGateway::new();
    wechat.expect_exchange_code().times(1).returning(|_, _| Ok(exchange()));
    let harness = harness(wechat).await;
    let log_in = |request| harness.log_in.log_in(request, TokenKind::Access, client());
    log_in(repeatable(CODE)).await.unwrap();
    let named = LogInRequest { nickname: Some("小明".into()), ..repeatable(CODE) };
    assert_eq!(log_in(named).await.unwrap_err(), LogInError::IdempotencyKeyReused);
    let other = repeatable("another-code");
    assert_eq!(log_in(other).await.unwrap_err(), LogInError::IdempotencyKeyReused);
}

#[tokio::test]
async fn a_login_can_be_repeated_after_the_master_key_was_rotated() {
    let old = Harness::with(|ports, _| {
        ports.wechat = Arc::new(asked_once(Ok(exchange())));
        ports.sealer = Arc::new(FakeMasterKeys::of(&[1]));
    })
    .await;
    let rotated = old.another(|ports, _| {
        ports.wechat = Arc::new(never_asked());
        ports.sealer = Arc::new(FakeMasterKeys::of(&[2, 1]));
    });
    let rotated = rotated.await;
    let first = old.log_in.log_in(repeatable(CODE), TokenKind::Access, client()).await.unwrap();
    let log_in = |request| rotated.log_in.log_in(request, TokenKind::Access, client());
    assert_eq!(log_in(repeatable(CODE)).await.unwrap().session, first.session);
    let other = log_in(repeatable("another-code")).await.unwrap_err();
    assert_eq!(other, LogInError::IdempotencyKeyReused);
}

#[tokio::test(start_paused = true)]
async fn a_login_that_another_instance_is_about_to_store_is_waited_for() {
    let slow = harness(asked_once(Ok(exchange()))).await;
    let used = ExchangeError::CodeUsed(WechatReply::default());
    let mut wechat = MockWechatGateway::new();
    wechat.expect_exchange_code().times(1).return_once(move |_, _| Err(used));
    let other = slow.another(|ports, _| ports.wechat = Arc::new(wechat)).await;
    let (waited, first) =
        tokio::join!(other.log_in.log_in(repeatable(CODE), TokenKind::Access, client()), async {
            tokio::time::sleep(Duration::from_millis(850)).await;
            slow.log_in.log_in(repeatable(CODE), TokenKind::Access, client()).await
        });
    assert_eq!(waited.unwrap().session, first.unwrap().session);
}

#[test]
fn idempotency_keys_are_long_enough() {
    for right in [KEY, "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"", &"a".repeat(22)] {
        assert!(IdempotencyKey::parse(right).is_ok(), "{right}");
    }
    for wrong in ["", "\"\"", &"a".repeat(21), &"a".repeat(129), "with a blank in the middle", "é"]
    {
        assert!(IdempotencyKey::parse(wrong).is_err(), "{wrong}");
    }
}
