//! Commits logins in groups: those that arrive during a transaction go into the next one together. A
//! login that arrives when there is no transaction starts one at once, without a timer.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use wxlogin_domain::account::{LoginOutcome, LoginRecord, UnitOfWork};
use wxlogin_domain::ports::StoreError;

use crate::account;
use crate::connections::{ATTEMPTS, Connections};
use crate::error::Failure;

/// How many logins may wait. Further ones are refused at once.
const QUEUE: usize = 2048;

type Answer = Result<LoginOutcome, StoreError>;

/// The queue in front of the transactions.
pub(crate) struct GroupCommit {
    queue: mpsc::Sender<Job>,
    connections: Arc<Connections>,
}

struct Job {
    login: LoginRecord,
    deadline: Instant,
    answer: oneshot::Sender<Answer>,
}

impl GroupCommit {
    /// Starts the worker; it ends when this is dropped.
    pub(crate) fn start(connections: Arc<Connections>) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUE);
        tokio::spawn(work(jobs, connections.clone()));
        Self { queue, connections }
    }

    /// Fails if the queue is full.
    pub(crate) fn admits(&self) -> Result<(), StoreError> {
        if self.queue.capacity() > 0 { Ok(()) } else { Err(full()) }
    }

    /// Queues the login and waits until its transaction is committed.
    pub(crate) async fn record(&self, login: LoginRecord) -> Answer {
        let (answer, answered) = oneshot::channel();
        let deadline = Instant::now() + self.connections.settings.acquire_timeout;
        self.queue.try_send(Job { login, deadline, answer }).map_err(|_| full())?;
        // The worker answers every job it takes, unless it panics.
        match tokio::time::timeout_at(
            deadline + self.connections.settings.statement_timeout,
            answered,
        )
        .await
        {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(StoreError::Unexpected("a batch of logins panicked".into())),
            Err(_) => Err(StoreError::Unavailable("no answer in time".into())),
        }
    }
}

fn full() -> StoreError {
    StoreError::Unavailable("too many logins are waiting".into())
}

async fn work(mut jobs: mpsc::Receiver<Job>, connections: Arc<Connections>) {
    let limit = connections.settings.logins_per_transaction.max(1);
    let mut batch = Vec::with_capacity(limit);
    while jobs.recv_many(&mut batch, limit).await > 0 {
        let taken = std::mem::take(&mut batch);
        // In a task of its own, so that a panic ends one batch and not the worker.
        let settled = tokio::spawn(settle(taken, connections.clone())).await;
        if settled.is_err() {
            tracing::error!("a batch of logins panicked");
        }
    }
}

async fn settle(mut jobs: Vec<Job>, connections: Arc<Connections>) {
    let now = Instant::now();
    for late in jobs.extract_if(.., |job| job.deadline < now) {
        let _ = late.answer.send(Err(full()));
    }
    if jobs.is_empty() {
        return;
    }
    let (logins, answers): (Vec<_>, Vec<_>) =
        jobs.into_iter().map(|job| (job.login, job.answer)).unzip();
    let until = now + connections.settings.acquire_timeout + connections.settings.statement_timeout;
    match record(&connections, &logins, until).await {
        Ok(outcomes) => {
            for (answer, outcome) in answers.into_iter().zip(outcomes) {
                let _ = answer.send(Ok(outcome));
            }
        }
        // One of them may be the cause: each succeeds or fails alone.
        Err(Failure::Unexpected(_) | Failure::Conflict | Failure::Slow(_)) if logins.len() > 1 => {
            for (login, answer) in logins.into_iter().zip(answers) {
                let alone = record(&connections, &[login], until).await;
                let alone = alone.map(|mut outcomes| outcomes.swap_remove(0));
                let _ = answer.send(alone.map_err(StoreError::from));
            }
        }
        Err(failure) => {
            for answer in answers {
                let _ = answer.send(Err(failure.clone().into()));
            }
        }
    }
}

/// Writes the logins in one transaction, and again where that can help: after a conflict, and once
/// after a lost connection. The lost one may have committed; a repetition then changes nothing.
async fn record(
    connections: &Connections,
    logins: &[LoginRecord],
    until: Instant,
) -> Result<Vec<LoginOutcome>, Failure> {
    let mut unit = UnitOfWork::default();
    let mut lost = false;
    for _ in 1..ATTEMPTS {
        let tried = tokio::time::timeout_at(until, attempt(connections, logins, unit)).await;
        match tried.unwrap_or_else(|_| Err(Failure::Slow("no answer in time".into()))) {
            Err(Failure::Conflict) => {}
            Err(Failure::Lost(_)) if !lost => lost = true,
            done => return done,
        }
        unit = UnitOfWork::repeating();
    }
    Err(Failure::Conflict)
}

async fn attempt(
    connections: &Connections,
    logins: &[LoginRecord],
    unit: UnitOfWork,
) -> Result<Vec<LoginOutcome>, Failure> {
    let transaction = connections.begin_logins().await?;
    let done = account::run(&transaction, logins, unit).await;
    transaction.finish(done).await
}
