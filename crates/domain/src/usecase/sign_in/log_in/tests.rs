use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;

use super::*;
use crate::model::{App, IdentityKey, OpenId, Secret, SignUp, Timestamp, UserStatus};
use crate::ports::{
    CodeExchange, ExchangeError, MockWechatGateway, Place, RetryAfter, UserChange, WechatFault,
    WechatReply,
};
use crate::testing::{FakeSealer, NoLimit};
use crate::usecase::test_house as wired;
use crate::usecase::test_wechat::{SlowWechat, exchange};
use crate::usecase::tokens::current_user::NotSignedIn;

const CODE: &str = "0a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p";

fn client() -> ClientAddress {
    IpAddr::V4(Ipv4Addr::LOCALHOST).into()
}

fn request(code: &str) -> LogInRequest {
    LogInRequest { code: LoginCodeClaim(code.into()), ..LogInRequest::default() }
}

struct House {
    log_in: Arc<LogIn>,
    wired: wired::House,
}

async fn house(wechat: impl WechatGateway + 'static) -> House {
    house_with(wechat, NoLimit, SignUp::Open).await
}

async fn house_with(
    wechat: impl WechatGateway + 'static,
    failures: impl RateLimiter + 'static,
    sign_up: SignUp,
) -> House {
    let wired = wired::House::new().await;
    let log_in = Arc::new(log_in(&wired, wechat, failures, sign_up));
    House { log_in, wired }
}

/// Another instance on the same store.
fn house_on(wired: &wired::House, wechat: impl WechatGateway + 'static) -> LogIn {
    log_in(wired, wechat, NoLimit, SignUp::Open)
}

fn log_in(
    wired: &wired::House,
    wechat: impl WechatGateway + 'static,
    failures: impl RateLimiter + 'static,
    sign_up: SignUp,
) -> LogIn {
    let app = App {
        id: AppId::parse("wxdev0000000000001").unwrap(),
        secret: Secret::new("secret"),
        second_secret: None,
        encrypted_phone: false,
        sign_up,
    };
    let wechat: Arc<dyn WechatGateway> = Arc::new(wechat);
    LogIn::new(LogInParts {
        apps: Apps::new(vec![app]),
        policy: wired::POLICY,
        avatar_base: wired::House::avatar_base(),
        tokens: wired.access.clone(),
        refresh: wired.refresh_tokens.clone(),
        phones: Arc::new(wired.phones(wechat.clone())),
        wechat,
        accounts: wired.stores.accounts.clone(),
        sessions: wired.stores.sessions.clone(),
        sealer: Arc::new(FakeSealer),
        failures: Arc::new(failures),
        clock: wired.clock.clone(),
        randomness: wired.randomness.clone(),
    })
}

impl House {
    async fn show(&self, token: &str) -> Result<User, NotSignedIn> {
        let accept = [TokenKind::Access, TokenKind::Original];
        Ok(self.wired.current_user.find(token, &accept).await?.user)
    }
}

/// A WeChat that must be asked exactly once, and answers this.
fn asked_once(answer: Result<CodeExchange, ExchangeError>) -> MockWechatGateway {
    let mut wechat = MockWechatGateway::new();
    wechat.expect_exchange_code().times(1).return_once(move |_, _| answer);
    wechat
}

/// A WeChat that must not be asked.
fn never_asked() -> MockWechatGateway {
    let mut wechat = MockWechatGateway::new();
    wechat.expect_exchange_code().times(0);
    wechat
}

#[tokio::test]
async fn a_code_becomes_a_user_a_session_and_a_token() {
    let house = house(asked_once(Ok(exchange()))).await;
    let request = LogInRequest {
        app_id: Some("wxdev0000000000001".into()),
        nickname: Some("爱丽丝".into()),
        avatar_url: Some("wxfile://tmp_1.jpg".into()),
        ..request(CODE)
    };
    let in_ = house.log_in.log_in(request, TokenKind::Access, client()).await.unwrap();
    assert!(in_.is_new);
    assert_eq!(in_.session.open_id.as_str(), "oAlice");
    assert_eq!(in_.user.nickname.as_ref().unwrap().as_str(), "爱丽丝");
    assert_eq!(in_.user.avatar_url, None, "an unacceptable avatar is ignored");
    assert_eq!(in_.token.expires_in, Duration::from_mins(15));
    assert_eq!(house.show(in_.token.token.expose()).await, Ok(in_.user));
}

#[tokio::test]
async fn a_picture_that_is_kept_here_is_nothing_a_login_brings() {
    let house = house(asked_once(Ok(exchange()))).await;
    let avatar = "https://login.example/avatars/0123456789abcdef0123456789abcdef.jpg";
    let request = LogInRequest { avatar_url: Some(avatar.into()), ..request(CODE) };
    let in_ = house.log_in.log_in(request, TokenKind::Access, client()).await.unwrap();
    assert_eq!(in_.user.avatar_url, None);
}

#[tokio::test]
async fn the_session_key_is_sealed_for_its_row() {
    let house = house(asked_once(Ok(exchange()))).await;
    house.log_in.log_in(request(CODE), TokenKind::Access, client()).await.unwrap();
    let identity = IdentityKey {
        app_id: AppId::parse("wxdev0000000000001").unwrap(),
        open_id: OpenId::parse("oAlice").unwrap(),
    };
    let stored =
        house.wired.stores.accounts.session_keys(&identity).await.unwrap().unwrap().current;
    let row = [b"wxdev0000000000001".as_slice(), b"oAlice"];
    let place = Place { table: "identities", column: "session_key", row: &row };
    let opened = FakeSealer.open(place, &stored.sealed).unwrap();
    assert_eq!(opened.as_slice(), b"tiihtNczf5v6AKRyjwEUhQ==");
}

#[tokio::test]
async fn overlapping_calls_with_one_code_share_one_exchange() {
    let wechat = SlowWechat::default();
    let (calls, asked, go) = (wechat.calls.clone(), wechat.asked.clone(), wechat.go.clone());
    let house = house(wechat).await;
    let callers = (0..32).map(|_| house.log_in.log_in(request(CODE), TokenKind::Access, client()));
    let (answers, ()) = tokio::join!(join_all(callers), async {
        asked.notified().await;
        go.notify_one();
    });
    let sessions = answers.into_iter().map(|answer| answer.unwrap().session.id).collect::<Vec<_>>();
    assert!(sessions.iter().all(|session| *session == sessions[0]));
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_login_runs_to_its_end_when_the_client_hangs_up() {
    let wechat = SlowWechat::default();
    let (asked, go) = (wechat.asked.clone(), wechat.go.clone());
    let house = house(wechat).await;
    tokio::select! {
        _ = house.log_in.log_in(request(CODE), TokenKind::Access, client()) => {
            unreachable!("WeChat has not answered")
        }
        () = asked.notified() => {}
    }
    go.notify_one();
    house.log_in.idle().await;
    let identity = IdentityKey {
        app_id: AppId::parse("wxdev0000000000001").unwrap(),
        open_id: OpenId::parse("oAlice").unwrap(),
    };
    assert!(house.wired.stores.accounts.session_keys(&identity).await.unwrap().is_some());
}

#[tokio::test]
async fn a_code_is_never_sent_twice() {
    let unavailable = ExchangeError::Fault(WechatFault::Unavailable {
        reply: WechatReply { errcode: Some(-1), rid: None },
        what: "busy",
        retry_after: Duration::from_secs(2),
    });
    for answer in [Ok(exchange()), Err(unavailable)] {
        let house = house(asked_once(answer)).await;
        let _ = house.log_in.log_in(request(CODE), TokenKind::Access, client()).await;
        for kind in [TokenKind::Access, TokenKind::Original] {
            let again = house.log_in.log_in(request(CODE), kind, client()).await;
            assert_eq!(again.unwrap_err(), LogInError::CodeUsed);
        }
    }
}

#[tokio::test]
async fn a_code_that_was_not_sent_is_as_good_as_before() {
    let retry_after = Duration::from_secs(2);
    let mut answers = vec![
        Err(ExchangeError::Fault(WechatFault::NotAsked { what: "it rests", retry_after })),
        Ok(exchange()),
    ]
    .into_iter();
    let mut wechat = MockWechatGateway::new();
    wechat.expect_exchange_code().times(2).returning(move |_, _| answers.next().unwrap());
    let house = house(wechat).await;
    let refused = house.log_in.log_in(request(CODE), TokenKind::Access, client()).await;
    assert_eq!(refused.unwrap_err(), LogInError::WechatUnavailable { retry_after });
    assert!(house.log_in.log_in(request(CODE), TokenKind::Access, client()).await.is_ok());
}

#[tokio::test]
async fn wechat_is_not_asked_about_nonsense() {
    let house = house(never_asked()).await;
    for code in ["", "the code is a mock one", "a&b=c", &"x".repeat(129)] {
        let answer = house.log_in.log_in(request(code), TokenKind::Access, client()).await;
        assert_eq!(answer.unwrap_err(), LogInError::CodeMalformed, "{code}");
    }
    let other_app = LogInRequest { app_id: Some("wxother00000000001".into()), ..request(CODE) };
    let answer = house.log_in.log_in(other_app, TokenKind::Access, client()).await;
    assert_eq!(answer.unwrap_err(), LogInError::UnknownApp(UnknownApp::NotConfigured));
}

#[tokio::test]
async fn each_answer_of_wechat_has_its_error() {
    let reply = WechatReply::default();
    let wait = Duration::from_secs(7);
    let cases = [
        (ExchangeError::CodeInvalid(reply.clone()), LogInError::CodeInvalid),
        (ExchangeError::CodeUsed(reply.clone()), LogInError::CodeUsed),
        (ExchangeError::Blocked(reply.clone()), LogInError::BlockedByWechat),
        (
            ExchangeError::Fault(WechatFault::RateLimited {
                reply: reply.clone(),
                retry_after: wait,
            }),
            LogInError::RateLimited { retry_after: wait },
        ),
        (
            ExchangeError::Fault(WechatFault::Misconfigured {
                reply: reply.clone(),
                mend: "the secret".into(),
            }),
            LogInError::WechatMisconfigured,
        ),
        (
            ExchangeError::Fault(WechatFault::Unavailable {
                reply,
                what: "silence",
                retry_after: wait,
            }),
            LogInError::WechatUnavailable { retry_after: wait },
        ),
        (
            ExchangeError::Fault(WechatFault::NotAsked { what: "it rests", retry_after: wait }),
            LogInError::WechatUnavailable { retry_after: wait },
        ),
    ];
    for (answer, expected) in cases {
        let house = house(asked_once(Err(answer))).await;
        let error = house.log_in.log_in(request(CODE), TokenKind::Access, client()).await;
        assert_eq!(error.unwrap_err(), expected);
    }
}

/// Lets so many failures through.
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
async fn no_more_logins_are_on_their_way_than_may_fail() {
    let wechat = SlowWechat::default();
    let (calls, asked, go) = (wechat.calls.clone(), wechat.asked.clone(), wechat.go.clone());
    let house = house_with(wechat, Failures(AtomicUsize::new(1)), SignUp::Open).await;
    let log_in = |code| house.log_in.log_in(request(code), TokenKind::Access, client());
    let (first, ()) = tokio::join!(log_in("a"), async {
        asked.notified().await;
        assert!(matches!(log_in("b").await, Err(LogInError::RateLimited { .. })));
        go.notify_one();
    });
    assert!(first.is_ok());
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    go.notify_one();
    assert!(log_in("c").await.is_ok(), "its permit came back");
}

#[tokio::test]
async fn failed_logins_are_limited_and_successful_ones_are_not() {
    let mut wechat = MockWechatGateway::new();
    wechat.expect_exchange_code().times(2).returning(|_, code| match code.expose() {
        "wrong" => Err(ExchangeError::CodeInvalid(WechatReply::default())),
        _ => Ok(exchange()),
    });
    let house = house_with(wechat, Failures(AtomicUsize::new(2)), SignUp::Open).await;
    let log_in = |code| house.log_in.log_in(request(code), TokenKind::Access, client());
    assert!(log_in("right").await.is_ok());
    assert_eq!(log_in("wrong").await.unwrap_err(), LogInError::CodeInvalid);
    assert_eq!(log_in("right").await.unwrap_err(), LogInError::CodeUsed);
    let limited = LogInError::RateLimited { retry_after: Duration::from_secs(9) };
    assert_eq!(log_in("another").await.unwrap_err(), limited);
}

#[tokio::test]
async fn a_stranger_is_turned_away_where_sign_up_is_closed() {
    let house = house_with(asked_once(Ok(exchange())), NoLimit, SignUp::Closed).await;
    let answer = house.log_in.log_in(request(CODE), TokenKind::Access, client()).await;
    assert_eq!(answer.unwrap_err(), LogInError::SignUpClosed);
}

#[tokio::test]
async fn tokens_end_with_their_time_and_their_kind() {
    use crate::usecase::tokens::current_user::NotSignedIn::TokenInvalid;

    let mut wechat = MockWechatGateway::new();
    wechat.expect_exchange_code().returning(|_, _| Ok(exchange()));
    let house = house(wechat).await;
    let log_in = |code, kind| house.log_in.log_in(request(code), kind, client());
    let access = log_in("a", TokenKind::Access).await.unwrap();
    let original = log_in("b", TokenKind::Original).await.unwrap();
    assert_eq!(original.token.expires_in, Duration::from_hours(24), "cut to the session's life");
    house.wired.clock.advance(Duration::from_secs(899));
    assert!(house.show(access.token.token.expose()).await.is_ok());
    house.wired.clock.advance(Duration::from_secs(1));
    assert_eq!(house.show(access.token.token.expose()).await, Err(TokenInvalid));
    assert!(house.show(original.token.token.expose()).await.is_ok());
    assert_eq!(house.show("forged").await, Err(TokenInvalid));
    assert_eq!(house.show(&"x".repeat(5000)).await, Err(TokenInvalid));
}

#[tokio::test]
async fn a_disabled_user_is_told_so() {
    use crate::model::{AuditAction, AuditEvent};

    let mut wechat = MockWechatGateway::new();
    wechat.expect_exchange_code().returning(|_, _| Ok(exchange()));
    let house = house(wechat).await;
    let first = house.log_in.log_in(request("a"), TokenKind::Access, client()).await.unwrap();
    let at = Timestamp::from_seconds(1_767_225_601);
    let event = AuditEvent::new(
        AuditAction::UserDisabled,
        first.user.id,
        at,
        house.wired.randomness.as_ref(),
    );
    let accounts = &house.wired.stores.accounts;
    let change = UserChange {
        user_id: first.user.id,
        status: Some(UserStatus::Disabled),
        user_type: None,
        tokens_until: event.at,
        now: event.at,
        events: vec![event],
    };
    accounts.change_user(change).await.unwrap();
    let shown = house.show(first.token.token.expose()).await;
    assert_eq!(shown, Err(NotSignedIn::UserDisabled));
    let again = house.log_in.log_in(request("b"), TokenKind::Access, client()).await;
    assert_eq!(again.unwrap_err(), LogInError::UserDisabled);
}

const KEY: &str = "bWFkZSBhdCByYW5kb20gYnkgYSBjbGllbnQ";

fn repeatable(code: &str) -> LogInRequest {
    LogInRequest { idempotency_key: Some(IdempotencyKey::parse(KEY).unwrap()), ..request(code) }
}

#[tokio::test]
async fn a_repeated_login_gets_the_same_session() {
    let house = house(asked_once(Ok(exchange()))).await;
    let log_in = || house.log_in.log_in(repeatable(CODE), TokenKind::Access, client());
    let first = log_in().await.unwrap();
    house.wired.clock.advance(Duration::from_mins(1));
    let again = log_in().await.unwrap();
    assert_eq!(again.session, first.session);
    assert_eq!(again.refresh.token, first.refresh.token);
    assert_ne!(again.token.token, first.token.token, "the access token is a new one");
    assert!(again.is_new, "what was told before is told again");
    house.wired.clock.advance(Duration::from_secs(1));
    assert_eq!(log_in().await.unwrap_err(), LogInError::CodeUsed, "a minute is over");
}

#[tokio::test]
async fn a_repetition_is_refused_once_the_session_has_gone_on() {
    let house = house(asked_once(Ok(exchange()))).await;
    let log_in = || house.log_in.log_in(repeatable(CODE), TokenKind::Access, client());
    let first = log_in().await.unwrap();
    house.wired.refresh.refresh(&first.refresh.token).await.unwrap();
    assert_eq!(log_in().await.unwrap_err(), LogInError::CodeUsed);
}

#[tokio::test(start_paused = true)]
async fn a_repetition_is_refused_once_the_session_has_ended() {
    let house = house(asked_once(Ok(exchange()))).await;
    let log_in = || house.log_in.log_in(repeatable(CODE), TokenKind::Access, client());
    let first = log_in().await.unwrap();
    house.wired.sessions.log_out(first.token.token.expose()).await.unwrap();
    assert_eq!(log_in().await.unwrap_err(), LogInError::CodeUsed);
}

#[tokio::test]
async fn another_request_under_the_same_key_is_told_so() {
    let mut wechat = MockWechatGateway::new();
    wechat.expect_exchange_code().times(1).returning(|_, _| Ok(exchange()));
    let house = house(wechat).await;
    let log_in = |request| house.log_in.log_in(request, TokenKind::Access, client());
    log_in(repeatable(CODE)).await.unwrap();
    let named = LogInRequest { nickname: Some("小明".into()), ..repeatable(CODE) };
    assert_eq!(log_in(named).await.unwrap_err(), LogInError::IdempotencyKeyReused);
    let other = repeatable("another-code");
    assert_eq!(log_in(other).await.unwrap_err(), LogInError::IdempotencyKeyReused);
}

#[tokio::test(start_paused = true)]
async fn a_login_that_another_instance_is_about_to_store_is_waited_for() {
    let slow = house(asked_once(Ok(exchange()))).await;
    let used = ExchangeError::CodeUsed(WechatReply::default());
    let mut wechat = MockWechatGateway::new();
    wechat.expect_exchange_code().times(1).return_once(move |_, _| Err(used));
    let other = house_on(&slow.wired, wechat);
    let (waited, first) =
        tokio::join!(other.log_in(repeatable(CODE), TokenKind::Access, client()), async {
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
