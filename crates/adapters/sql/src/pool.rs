//! Waiting for a connection, apart from connecting.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use sea_orm::{DatabaseConnection, DbBackend};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};

use crate::connection::Connection;
use crate::error::Failure;

/// How many callers may wait for a connection of one pool. Further ones are refused at once.
const WAITING: usize = 1024;

/// How often idle connections are checked. A server that ends idle connections waits longer.
const KEEP_ALIVE: Duration = Duration::from_secs(3);

/// How long a connection is used, so that load is spread again after servers were added.
const LIFETIME: Duration = Duration::from_mins(30);

/// Connections for one use, and whose turn it is.
///
/// The driver's pool has one time limit for waiting, checking and connecting: under load, whoever comes
/// to the head of its queue has no time left to connect. Here, waiting is bounded in number and time,
/// fair, and touches no connection. The driver's pool also checks a connection each time it is given
/// back, which is a round trip; here, connections that end a transaction well are kept.
pub(crate) struct Pool {
    db: DatabaseConnection,
    patience: Duration,
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
    idle: Mutex<Vec<Idle>>,
}

/// The right to use one connection, until it is dropped.
pub(crate) struct Turn {
    pool: Arc<Pool>,
    _turn: OwnedSemaphorePermit,
    _place: OwnedSemaphorePermit,
}

/// A connection outside a transaction.
pub(crate) struct Idle {
    pub(crate) connection: Connection,
    pub(crate) opened: Instant,
}

impl Pool {
    /// A pool of so many connections, for one of which a caller waits this long at most.
    pub(crate) fn new(db: DatabaseConnection, connections: u32, patience: Duration) -> Arc<Self> {
        let connections = usize::try_from(connections).unwrap_or(Semaphore::MAX_PERMITS / 2);
        Arc::new(Self {
            db,
            patience,
            places: Arc::new(Semaphore::new(connections + WAITING)),
            turns: Arc::new(Semaphore::new(connections)),
            idle: Mutex::default(),
        })
    }

    /// Checks idle connections from time to time, until the pool is gone.
    pub(crate) fn keep_alive(self: &Arc<Self>) {
        let pool = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(KEEP_ALIVE).await;
                let Some(pool) = Weak::upgrade(&pool) else { return };
                pool.check_idle().await;
            }
        });
    }

    async fn check_idle(self: &Arc<Self>) {
        let idle = self.idle.lock().await.len();
        for _ in 0..idle {
            // With a turn, so that nobody else opens another connection meanwhile.
            let Ok(turn) = self.turn().await else { return };
            let mut kept = self.idle.lock().await;
            if kept.is_empty() {
                return;
            }
            let mut one = kept.remove(0);
            drop(kept);
            let is_young = one.opened.elapsed() < LIFETIME;
            let answers = tokio::time::timeout(self.patience, one.connection.ping()).await;
            if is_young && matches!(answers, Ok(Ok(()))) {
                turn.keep(one).await;
            } else {
                one.connection.close_on_drop();
            }
        }
    }

    /// Waits for a turn.
    pub(crate) async fn turn(self: &Arc<Self>) -> Result<Turn, Failure> {
        let place = self.places.clone().try_acquire_owned();
        let place = place.map_err(|_| unavailable("too many requests are waiting"))?;
        let turn = tokio::time::timeout(self.patience, self.turns.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| unavailable("no free connection in time"))?;
        let turn = turn.map_err(|_| unavailable("the database is closed"))?;
        Ok(Turn { pool: self.clone(), _turn: turn, _place: place })
    }

    /// The driver's pool.
    pub(crate) fn db(&self) -> &DatabaseConnection {
        &self.db
    }

    /// Ends all waiting and closes the connections.
    pub(crate) async fn close(&self) -> Result<(), sea_orm::DbErr> {
        self.places.close();
        self.turns.close();
        self.idle.lock().await.clear();
        self.db.close_by_ref().await
    }
}

impl Turn {
    pub(crate) fn backend(&self) -> DbBackend {
        self.pool.db.get_database_backend()
    }

    /// A connection: one that was kept, or a new one.
    pub(crate) async fn connection(&self) -> Result<Idle, Failure> {
        if let Some(idle) = self.pool.idle.lock().await.pop() {
            return Ok(idle);
        }
        let connection = Connection::acquire(&self.pool.db).await?;
        Ok(Idle { connection, opened: Instant::now() })
    }

    /// Keeps a connection for the next one.
    pub(crate) async fn keep(self, idle: Idle) {
        let mut kept = self.pool.idle.lock().await;
        if !self.pool.turns.is_closed() {
            kept.push(idle);
        }
    }
}

fn unavailable(why: &str) -> Failure {
    Failure::Unavailable(why.into())
}
