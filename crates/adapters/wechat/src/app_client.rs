use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use tokio::sync::{Semaphore, SemaphorePermit};
use wxlogin_domain::model::{App, AppId, Timestamp};
use wxlogin_domain::ports::{Clock, WechatFault};

use crate::app_secrets::AppSecrets;
use crate::call_counters::{CallCounters, CallOutcome};
use crate::call_limits::CallLimits;
use crate::circuit_breaker::{Change, CircuitBreaker, Permit, Refused};
use crate::errcode::{BUSY, rate_limit};
use crate::failure::Failure;
use crate::http::{Http, HttpError, HttpResponse, Request};
use crate::responses::Response;

/// How many calls of one app may run at once. At WeChat's usual 100 ms a call, that is about 5,000
/// calls a second.
const MAX_CALLS: usize = 512;

/// How long a call waits for another to end when too many run.
const MAX_WAIT: Duration = Duration::from_secs(1);

const CIRCUIT_OPEN: &str = "it has not answered recent calls";
const LIMITED: &str = "it limits the rate of calls";
const TOO_MANY_CALLS: &str = "too many calls to it are running";

/// Makes the calls of one app. Apps share no limit and no circuit breaker, because WeChat may
/// refuse or stop answering one app only.
pub(crate) struct AppClient {
    pub(crate) app_id: AppId,
    pub(crate) secrets: AppSecrets,
    pub(crate) counters: CallCounters,
    breaker: CircuitBreaker,
    limits: CallLimits,
    slots: Semaphore,
}

impl AppClient {
    pub(crate) fn new(app: App) -> Self {
        Self {
            app_id: app.id,
            secrets: AppSecrets::new(app.secret, app.second_secret),
            counters: CallCounters::default(),
            breaker: CircuitBreaker::new(),
            limits: CallLimits::default(),
            slots: Semaphore::new(MAX_CALLS),
        }
    }

    /// Begins a call, unless WeChat is not answering or limits this call, or too many calls run; then
    /// the refusal is counted under `path`.
    pub(crate) async fn begin<'a>(
        &'a self,
        http: &'a Http,
        clock: &'a dyn Clock,
        path: &'static str,
    ) -> Result<Call<'a>, WechatFault> {
        let begun = Instant::now();
        let circuit_open = |Refused { retry_after }| self.not_sent(path, CIRCUIT_OPEN, retry_after);
        let permit = self.breaker.admit(begun).map_err(circuit_open)?;
        // A probe must not wait for calls that hang.
        let slot = if permit.is_probe() { None } else { Some(self.slot(http, path).await?) };
        let now = Instant::now();
        permit.check(now).map_err(circuit_open)?;
        let limited = |Refused { retry_after }| self.not_sent(path, LIMITED, retry_after);
        self.limits.admit(path, now).map_err(limited)?;
        let deadline = begun + http.total_timeout();
        Ok(Call { app: self, http, clock, permit, _slot: slot, begun: now, deadline })
    }

    async fn slot(
        &self,
        http: &Http,
        path: &'static str,
    ) -> Result<SemaphorePermit<'_>, WechatFault> {
        let wait = MAX_WAIT.min(http.total_timeout());
        match tokio::time::timeout(wait, self.slots.acquire()).await {
            Ok(Ok(slot)) => Ok(slot),
            Ok(Err(_)) | Err(_) => Err(self.not_sent(path, TOO_MANY_CALLS, MAX_WAIT)),
        }
    }

    fn not_sent(
        &self,
        path: &'static str,
        what: &'static str,
        retry_after: Duration,
    ) -> WechatFault {
        self.counters.add(path, CallOutcome::NotSent);
        WechatFault::NotAsked { what, retry_after }
    }

    /// Counts the outcome and reports it to the circuit breaker.
    fn record(&self, path: &'static str, outcome: CallOutcome, permit: &Permit<'_>) {
        self.counters.add(path, outcome);
        let app_id = &self.app_id;
        let answered = match outcome {
            CallOutcome::Errcode(errcode) => errcode != BUSY,
            CallOutcome::OtherErrcode => true,
            CallOutcome::NoAnswer | CallOutcome::NotSent => false,
        };
        match permit.report(answered, Instant::now()) {
            Some(Change::Opened) => {
                tracing::warn!(%app_id, "WeChat does not answer: calls are suspended until it does");
            }
            Some(Change::Closed) => tracing::info!(%app_id, "WeChat answers again: calls resume"),
            None => {}
        }
    }
}

/// A call in progress. It may send more than one request, all within one deadline.
pub(crate) struct Call<'a> {
    app: &'a AppClient,
    http: &'a Http,
    clock: &'a dyn Clock,
    permit: Permit<'a>,
    _slot: Option<SemaphorePermit<'a>>,
    begun: Instant,
    deadline: Instant,
}

impl<'a> Call<'a> {
    /// The app that makes the call.
    pub(crate) fn app(&self) -> &'a AppClient {
        self.app
    }

    /// The time left before the deadline.
    pub(crate) fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// The current time.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Sends one request, once, and reads WeChat's response.
    pub(crate) async fn send<T>(&self, request: Request<'_>) -> Result<Response<T>, Failure>
    where
        T: DeserializeOwned,
    {
        let path = request.path;
        let result = read(self.http.send(request, self.time_left()).await);
        let outcome = match &result {
            Ok(_) => CallOutcome::Errcode(0),
            Err(failure) => failure.errcode().map_or(CallOutcome::NoAnswer, CallOutcome::Errcode),
        };
        self.app.record(path, outcome, &self.permit);
        if let CallOutcome::Errcode(errcode) = outcome {
            let limited_for = rate_limit(errcode, self.now());
            self.app.limits.report(path, limited_for, self.begun, Instant::now());
        }
        result
    }
}

/// Reads WeChat's response. It is a success only with status 200 and error code 0 or none. An error
/// code counts whatever the status is.
fn read<T: DeserializeOwned>(
    response: Result<HttpResponse, HttpError>,
) -> Result<Response<T>, Failure> {
    let http = response.map_err(|HttpError(what)| Failure::NoAnswer(what))?;
    let unreadable = || {
        Failure::NoAnswer(if http.is_ok {
            "its response is not the expected JSON"
        } else {
            "it answered with an HTTP error"
        })
    };
    let response: Response<T> = serde_json::from_slice(&http.body).map_err(|_| unreadable())?;
    match response.errcode {
        None if !http.is_ok => Err(unreadable()),
        None | Some(0) => Ok(response),
        Some(errcode) => {
            let reply = response.reply();
            Err(Failure::Refused { errcode, errmsg: response.errmsg.unwrap_or_default(), reply })
        }
    }
}

#[cfg(test)]
mod tests {
    use wxlogin_domain::model::{Secret, SignUp};
    use wxlogin_domain::testing::ManualClock;

    use super::*;
    use crate::base_url::BaseUrl;
    use crate::http::WechatSettings;
    use crate::responses::Code2Session;

    fn app_client() -> AppClient {
        AppClient::new(App {
            id: AppId::parse("wxdev0000000000001").unwrap(),
            secret: Secret::new("secret"),
            second_secret: None,
            encrypted_phone: false,
            sign_up: SignUp::Open,
        })
    }

    fn http() -> Http {
        Http::new(WechatSettings {
            base_url: BaseUrl::unofficial("http://127.0.0.1:1").unwrap(),
            connect_timeout: Duration::from_secs(1),
            total_timeout: Duration::from_secs(5),
        })
        .unwrap()
    }

    /// Begins as many calls as may run at once.
    async fn begin_all<'a>(
        app: &'a AppClient,
        http: &'a Http,
        clock: &'a ManualClock,
    ) -> Vec<Call<'a>> {
        let mut calls = Vec::new();
        for _ in 0..MAX_CALLS {
            calls.push(app.begin(http, clock, "call").await.ok().unwrap());
        }
        calls
    }

    fn what(result: Result<Call<'_>, WechatFault>) -> &'static str {
        match result.err().unwrap() {
            WechatFault::NotAsked { what, .. } => what,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_above_the_limit_waits_a_second_and_fails() {
        let (app, http, clock) = (app_client(), http(), ManualClock::default());
        let mut calls = begin_all(&app, &http, &clock).await;
        let start = tokio::time::Instant::now();
        assert_eq!(what(app.begin(&http, &clock, "call").await), TOO_MANY_CALLS);
        assert_eq!(start.elapsed(), MAX_WAIT);
        let (waited, ()) = tokio::join!(app.begin(&http, &clock, "call"), async {
            calls.pop();
        });
        assert!(waited.is_ok(), "a call that ends makes room for one that waits");
    }

    #[tokio::test(start_paused = true)]
    async fn a_waiting_call_is_not_sent_once_wechat_stops_answering() {
        let (app, http, clock) = (app_client(), http(), ManualClock::default());
        let mut calls = begin_all(&app, &http, &clock).await;
        let (waited, ()) = tokio::join!(app.begin(&http, &clock, "call"), async {
            for call in &calls[..5] {
                let request = Request { path: "call", query: &[], body: None };
                call.send::<Code2Session>(request).await.err().unwrap();
            }
            calls.pop();
        });
        assert_eq!(what(waited), CIRCUIT_OPEN);
        let start = tokio::time::Instant::now();
        assert_eq!(what(app.begin(&http, &clock, "call").await), CIRCUIT_OPEN);
        assert_eq!(start.elapsed(), Duration::ZERO, "a new call does not wait for calls that hang");
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_does_not_wait_for_calls_that_hang() {
        let (app, http, clock) = (app_client(), http(), ManualClock::default());
        let calls = begin_all(&app, &http, &clock).await;
        let a_while_ago = Instant::now().checked_sub(Duration::from_secs(10)).unwrap();
        for call in &calls[..5] {
            call.permit.report(false, a_while_ago);
        }
        let start = tokio::time::Instant::now();
        assert!(app.begin(&http, &clock, "call").await.is_ok());
        assert_eq!(what(app.begin(&http, &clock, "call").await), CIRCUIT_OPEN);
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
