use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use tokio::sync::{Semaphore, SemaphorePermit};
use wxlogin_domain::model::{App, AppId, Timestamp};
use wxlogin_domain::ports::{Clock, WechatFault};

use crate::breaker::{Breaker, Change, Permit, Refused};
use crate::counts::{CallOutcome, Counts};
use crate::errcode::BUSY;
use crate::failure::Failure;
use crate::http::{Http, HttpAnswer, NoAnswer, Request};
use crate::secrets::Secrets;
use crate::wire::Answer;

/// How many calls of one app may be on their way at once: at WeChat's usual tenth of a second, some
/// five thousand a second.
const MAX_CALLS: usize = 512;

/// How long a call waits until fewer are on their way.
const MAX_WAIT: Duration = Duration::from_secs(1);

const RESTING: &str = "it has not answered for a while";
const CROWDED: &str = "too many calls to it are on their way";

/// One app's way to WeChat. Each app has its own, because WeChat may refuse or forget one of them
/// only.
pub(crate) struct Line {
    pub(crate) app_id: AppId,
    pub(crate) secrets: Secrets,
    pub(crate) counts: Counts,
    breaker: Breaker,
    slots: Semaphore,
}

impl Line {
    pub(crate) fn of(app: App) -> Self {
        Self {
            app_id: app.id,
            secrets: Secrets::new(app.secret, app.second_secret),
            counts: Counts::default(),
            breaker: Breaker::new(),
            slots: Semaphore::new(MAX_CALLS),
        }
    }

    /// Begins a call, if WeChat is worth asking. `path` is by what the call is counted when it is
    /// not.
    pub(crate) async fn begin<'a>(
        &'a self,
        http: &'a Http,
        clock: &'a dyn Clock,
        path: &'static str,
    ) -> Result<Call<'a>, WechatFault> {
        let begun = Instant::now();
        let resting = |Refused { retry_after }| self.not_sent(path, RESTING, retry_after);
        let permit = self.breaker.admit(begun).map_err(resting)?;
        // A probe must not wait for those who hang.
        let slot = if permit.is_probe() { None } else { Some(self.slot(http, path).await?) };
        permit.check(Instant::now()).map_err(resting)?;
        let deadline = begun + http.total_timeout();
        Ok(Call { line: self, http, clock, permit, _slot: slot, deadline })
    }

    async fn slot(
        &self,
        http: &Http,
        path: &'static str,
    ) -> Result<SemaphorePermit<'_>, WechatFault> {
        let wait = MAX_WAIT.min(http.total_timeout());
        match tokio::time::timeout(wait, self.slots.acquire()).await {
            Ok(Ok(slot)) => Ok(slot),
            Ok(Err(_)) | Err(_) => Err(self.not_sent(path, CROWDED, MAX_WAIT)),
        }
    }

    fn not_sent(
        &self,
        path: &'static str,
        what: &'static str,
        retry_after: Duration,
    ) -> WechatFault {
        self.counts.add(path, CallOutcome::NotSent);
        WechatFault::NotAsked { what, retry_after }
    }

    fn note(&self, path: &'static str, outcome: CallOutcome, permit: &Permit<'_>) {
        self.counts.add(path, outcome);
        let app_id = &self.app_id;
        let answered = match outcome {
            CallOutcome::Errcode(errcode) => errcode != BUSY,
            CallOutcome::OtherErrcode => true,
            CallOutcome::NoAnswer | CallOutcome::NotSent => false,
        };
        match permit.report(answered, Instant::now()) {
            Some(Change::Opened) => {
                tracing::warn!(%app_id, "WeChat does not answer and is left alone until it does");
            }
            Some(Change::Closed) => tracing::info!(%app_id, "WeChat answers again"),
            None => {}
        }
    }
}

/// A call on its way, which may ask WeChat more than one question.
pub(crate) struct Call<'a> {
    line: &'a Line,
    http: &'a Http,
    clock: &'a dyn Clock,
    permit: Permit<'a>,
    _slot: Option<SemaphorePermit<'a>>,
    deadline: Instant,
}

impl<'a> Call<'a> {
    /// The app's line.
    pub(crate) fn line(&self) -> &'a Line {
        self.line
    }

    /// What is left of the time the call may take.
    pub(crate) fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// The time by the clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Asks one question, once.
    pub(crate) async fn ask<T>(&self, request: Request<'_>) -> Result<Answer<T>, Failure>
    where
        T: DeserializeOwned,
    {
        let path = request.path;
        let answer = self.http.send(request, self.time_left()).await;
        let said = read(answer);
        let outcome = match &said {
            Ok(_) => CallOutcome::Errcode(0),
            Err(failure) => failure.errcode().map_or(CallOutcome::NoAnswer, CallOutcome::Errcode),
        };
        self.line.note(path, outcome, &self.permit);
        said
    }
}

/// What WeChat has said. Only 200 and an error number, or none, make a good answer; an error number
/// counts whatever the status is.
fn read<T: DeserializeOwned>(answer: Result<HttpAnswer, NoAnswer>) -> Result<Answer<T>, Failure> {
    let answer = answer.map_err(|NoAnswer(what)| Failure::NoAnswer(what))?;
    let unreadable = || {
        Failure::NoAnswer(if answer.is_ok {
            "its answer is not the JSON it should be"
        } else {
            "it answers with an HTTP error"
        })
    };
    let said: Answer<T> = serde_json::from_slice(&answer.body).map_err(|_| unreadable())?;
    match said.errcode {
        None if !answer.is_ok => Err(unreadable()),
        None | Some(0) => Ok(said),
        Some(errcode) => {
            let reply = said.reply();
            Err(Failure::Refused { errcode, errmsg: said.errmsg.unwrap_or_default(), reply })
        }
    }
}

#[cfg(test)]
mod tests {
    use wxlogin_domain::model::{Secret, SignUp};
    use wxlogin_domain::testing::ManualClock;

    use super::*;
    use crate::wire::Code2Session;
    use crate::{BaseUrl, WechatSettings};

    fn line() -> Line {
        Line::of(App {
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

    fn what(result: Result<Call<'_>, WechatFault>) -> &'static str {
        match result.err().unwrap() {
            WechatFault::NotAsked { what, .. } => what,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn too_many_calls_wait_for_a_second_and_give_up() {
        let (line, http, clock) = (line(), http(), ManualClock::default());
        let mut calls = Vec::new();
        for _ in 0..MAX_CALLS {
            calls.push(line.begin(&http, &clock, "call").await.ok().unwrap());
        }
        let start = tokio::time::Instant::now();
        assert_eq!(what(line.begin(&http, &clock, "call").await), CROWDED);
        assert_eq!(start.elapsed(), MAX_WAIT);
        let (waited, ()) = tokio::join!(line.begin(&http, &clock, "call"), async {
            calls.pop();
        });
        assert!(waited.is_ok(), "one that ends makes room for one that waits");
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_while_wechat_stops_answering_is_not_sent() {
        let (line, http, clock) = (line(), http(), ManualClock::default());
        let mut calls = Vec::new();
        for _ in 0..MAX_CALLS {
            calls.push(line.begin(&http, &clock, "call").await.ok().unwrap());
        }
        let (waited, ()) = tokio::join!(line.begin(&http, &clock, "call"), async {
            for call in &calls[..5] {
                call.ask::<Code2Session>(nowhere()).await.err().unwrap();
            }
            calls.pop();
        });
        assert_eq!(what(waited), RESTING);
        let start = tokio::time::Instant::now();
        assert_eq!(what(line.begin(&http, &clock, "call").await), RESTING);
        assert_eq!(
            start.elapsed(),
            Duration::ZERO,
            "and who comes now does not wait for those who hang"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_does_not_wait_for_those_who_hang() {
        let (line, http, clock) = (line(), http(), ManualClock::default());
        let mut calls = Vec::new();
        for _ in 0..MAX_CALLS {
            calls.push(line.begin(&http, &clock, "call").await.ok().unwrap());
        }
        let a_while_ago = Instant::now().checked_sub(Duration::from_secs(10)).unwrap();
        for call in &calls[..5] {
            call.permit.report(false, a_while_ago);
        }
        let start = tokio::time::Instant::now();
        assert!(line.begin(&http, &clock, "call").await.is_ok());
        assert_eq!(what(line.begin(&http, &clock, "call").await), RESTING);
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    fn nowhere() -> Request<'static> {
        Request { path: "call", query: &[], body: None }
    }
}
