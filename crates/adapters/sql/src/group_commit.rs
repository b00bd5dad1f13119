//! Logins that arrive while a transaction is in flight wait and go into the next one together. One
//! that arrives when nothing is in flight starts at once: no timer, no added latency.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use wxlogin_domain::ports::{LoginOutcome, LoginRecord, StoreError};

use crate::database::{ATTEMPTS, Connections};
use crate::error::Failure;
use crate::login::{self, Attempt};

/// How many logins may wait. Beyond it the database is behind, and more waiting helps nobody.
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

    /// Queues the login and waits until its transaction is committed.
    pub(crate) async fn record(&self, login: LoginRecord) -> Answer {
        let (answer, answered) = oneshot::channel();
        let deadline = Instant::now() + self.connections.settings.acquire_timeout;
        self.queue
            .try_send(Job { login, deadline, answer })
            .map_err(|_| StoreError::Unavailable("too many logins are waiting for it".into()))?;
        // The worker answers every job it takes, unless it panics.
        match tokio::time::timeout_at(
            deadline + self.connections.settings.statement_timeout,
            answered,
        )
        .await
        {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(StoreError::Unexpected("a batch of logins broke off".into())),
            Err(_) => Err(StoreError::Unavailable("it is too slow".into())),
        }
    }
}

async fn work(mut jobs: mpsc::Receiver<Job>, connections: Arc<Connections>) {
    let limit = connections.settings.logins_per_transaction.max(1);
    let mut batch = Vec::with_capacity(limit);
    while jobs.recv_many(&mut batch, limit).await > 0 {
        let taken = std::mem::take(&mut batch);
        // In a task of its own, so that a panic costs one batch and not the worker.
        let settled = tokio::spawn(settle(taken, connections.clone())).await;
        if settled.is_err() {
            tracing::error!("a batch of logins broke off");
        }
    }
}

async fn settle(mut jobs: Vec<Job>, connections: Arc<Connections>) {
    let now = Instant::now();
    for late in jobs.extract_if(.., |job| job.deadline < now) {
        let _ = late.answer.send(Err(StoreError::Unavailable("it is behind".into())));
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
        // Something is wrong with one of them: each fails or succeeds alone.
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

/// Writes the logins in one transaction, again where that can help: after a conflict, and once
/// after a connection was lost, because a commit whose answer was lost may or may not have
/// happened and a repetition changes nothing.
async fn record(
    connections: &Connections,
    logins: &[LoginRecord],
    until: Instant,
) -> Result<Vec<LoginOutcome>, Failure> {
    let mut attempt = Attempt::First;
    let mut lost = false;
    for _ in 1..ATTEMPTS {
        let tried =
            tokio::time::timeout_at(until, login::record(connections, logins, attempt)).await;
        match tried.unwrap_or_else(|_| Err(Failure::Slow("it is too slow".into()))) {
            Err(Failure::Conflict) => {}
            Err(Failure::Lost(_)) if !lost => lost = true,
            done => return done,
        }
        attempt = Attempt::Again;
    }
    Err(Failure::Conflict)
}
