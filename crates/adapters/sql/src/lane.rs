//! Puts requests that arrive together into one transaction. Those that arrive during a transaction go
//! into the next one; one that arrives when there is none starts one at once, without a timer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use wxlogin_domain::ports::StoreError;

use crate::connections::{ATTEMPTS, Connections};
use crate::error::Failure;
use crate::pool::Pool;
use crate::transaction::Transaction;

/// How many requests may wait in a lane. Further ones are refused at once.
const QUEUE: usize = 2048;

/// What is done for requests in one transaction.
#[async_trait]
pub(crate) trait Batch: Send + Sync + 'static {
    type Request: Send + Sync + 'static;
    type Outcome: Send + 'static;

    /// Works on all requests and waits for nobody's lock: the outcome of a request whose rows are
    /// locked by somebody else is `None`. `again` when it may have been done before, because the answer
    /// to a commit was lost.
    async fn run(
        transaction: &Transaction,
        requests: &[Self::Request],
        again: bool,
    ) -> Result<Vec<Option<Self::Outcome>>, Failure>;

    /// Works on one request in a transaction of its own and waits for locks.
    async fn run_alone(
        connections: &Connections,
        request: &Self::Request,
    ) -> Result<Self::Outcome, StoreError>;
}

type Answer<B> = Result<<B as Batch>::Outcome, StoreError>;

/// The queue in front of the transactions, of which one is in flight at a time. Two would overlap their
/// commits, but halve the batches: with 64 clients on two cores, a login then costs up to 1.5 times the
/// CPU.
pub(crate) struct Lane<B: Batch> {
    jobs: mpsc::Sender<Job<B>>,
    /// How long the request waited that was taken last, in milliseconds.
    waited: Arc<AtomicU64>,
    connections: Arc<Connections>,
}

struct Job<B: Batch> {
    request: B::Request,
    queued: Instant,
    answer: oneshot::Sender<Answer<B>>,
}

impl<B: Batch> Lane<B> {
    /// Starts the worker, which ends when this is dropped.
    pub(crate) fn start(connections: &Arc<Connections>, pool: &Arc<Pool>) -> Self {
        let (sender, jobs) = mpsc::channel(QUEUE);
        let waited = Arc::new(AtomicU64::new(0));
        tokio::spawn(work::<B>(jobs, waited.clone(), connections.clone(), pool.clone()));
        Self { jobs: sender, waited, connections: connections.clone() }
    }

    /// Queues the request and waits until its transaction is committed.
    pub(crate) async fn run(&self, request: B::Request) -> Answer<B> {
        let (answer, answered) = oneshot::channel();
        let (settings, queued) = (self.connections.settings, Instant::now());
        let job = Job { request, queued, answer };
        self.jobs.try_send(job).map_err(|_| too_many())?;
        // The worker answers every job it takes, unless it panics.
        let limit = settings.acquire_timeout + settings.statement_timeout;
        match tokio::time::timeout_at(queued + limit, answered).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(StoreError::Unexpected("a batch panicked".into())),
            Err(_) => Err(StoreError::Unavailable("no answer in time".into())),
        }
    }

    /// Fails if there is no room for another request, or if those that wait do so for so long that another
    /// one might wait in vain.
    pub(crate) fn admits(&self) -> Result<(), StoreError> {
        let patience = self.connections.settings.acquire_timeout / 2;
        let free = self.jobs.capacity();
        let waited = Duration::from_millis(self.waited.load(Ordering::Relaxed));
        let is_moving = free == QUEUE || (free > 0 && waited < patience);
        if is_moving { Ok(()) } else { Err(too_many()) }
    }
}

async fn work<B: Batch>(
    mut jobs: mpsc::Receiver<Job<B>>,
    waited: Arc<AtomicU64>,
    connections: Arc<Connections>,
    pool: Arc<Pool>,
) {
    let limit = connections.settings.logins_per_transaction.max(1);
    let mut batch = Vec::with_capacity(limit);
    while jobs.recv_many(&mut batch, limit).await > 0 {
        let taken = std::mem::take(&mut batch);
        let longest = taken.first().map(|job: &Job<B>| job.queued.elapsed()).unwrap_or_default();
        waited.store(u64::try_from(longest.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
        // In a task of its own, so that a panic ends one batch and not the worker.
        let settled = tokio::spawn(settle(taken, connections.clone(), pool.clone())).await;
        if settled.is_err() {
            tracing::error!("a batch panicked");
        }
    }
}

async fn settle<B: Batch>(mut jobs: Vec<Job<B>>, connections: Arc<Connections>, pool: Arc<Pool>) {
    let (now, settings) = (Instant::now(), connections.settings);
    for late in jobs.extract_if(.., |job| now - job.queued > settings.acquire_timeout) {
        let _ = late.answer.send(Err(too_many()));
    }
    if jobs.is_empty() {
        return;
    }
    let (requests, answers): (Vec<_>, Vec<_>) =
        jobs.into_iter().map(|job| (job.request, job.answer)).unzip();
    let until = now + settings.acquire_timeout + settings.statement_timeout;
    match record::<B>(&pool, &requests, until).await {
        Ok(outcomes) => {
            for ((request, answer), outcome) in requests.into_iter().zip(answers).zip(outcomes) {
                match outcome {
                    Some(outcome) => drop(answer.send(Ok(outcome))),
                    None => run_alone::<B>(connections.clone(), request, answer, until),
                }
            }
        }
        // One of them may be the cause, or have to wait: each succeeds or fails alone.
        Err(Failure::Unexpected(_) | Failure::Conflict | Failure::Slow(_)) => {
            for (request, answer) in requests.into_iter().zip(answers) {
                run_alone::<B>(connections.clone(), request, answer, until);
            }
        }
        Err(failure) => {
            for answer in answers {
                let _ = answer.send(Err(failure.clone().into()));
            }
        }
    }
}

/// Works on a request outside the lane, which goes on meanwhile.
fn run_alone<B: Batch>(
    connections: Arc<Connections>,
    request: B::Request,
    answer: oneshot::Sender<Answer<B>>,
    until: Instant,
) {
    tokio::spawn(async move {
        let done = tokio::time::timeout_at(until, B::run_alone(&connections, &request)).await;
        let late = |_| Err(StoreError::Unavailable("no answer in time".into()));
        let _ = answer.send(done.unwrap_or_else(late));
    });
}

/// Works on the requests in one transaction, and again where that can help: after a conflict, and once
/// after a lost connection. The lost one may have committed; a repetition then changes nothing.
async fn record<B: Batch>(
    pool: &Arc<Pool>,
    requests: &[B::Request],
    until: Instant,
) -> Result<Vec<Option<B::Outcome>>, Failure> {
    let mut lost = false;
    for attempt in 1..ATTEMPTS {
        let done = tokio::time::timeout_at(until, try_once::<B>(pool, requests, attempt > 1)).await;
        match done.unwrap_or_else(|_| Err(Failure::Unavailable("no answer in time".into()))) {
            Err(Failure::Conflict) => {}
            Err(Failure::Lost(_)) if !lost => lost = true,
            done => return done,
        }
    }
    Err(Failure::Conflict)
}

async fn try_once<B: Batch>(
    pool: &Arc<Pool>,
    requests: &[B::Request],
    again: bool,
) -> Result<Vec<Option<B::Outcome>>, Failure> {
    let transaction = Transaction::begin(pool.turn().await?).await?;
    let done = B::run(&transaction, requests, again).await;
    transaction.finish(done).await
}

fn too_many() -> StoreError {
    StoreError::Unavailable("too many requests are waiting".into())
}
