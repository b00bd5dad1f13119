use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::usecase::subject::Subject;

/// Runs one task per key at a time; concurrent callers with the same key share its result.
///
/// The task is spawned, so it finishes even if every caller has gone.
pub(crate) struct SingleFlight<K, V> {
    running: Running<K, V>,
    count: watch::Sender<usize>,
}

type Running<K, V> = Arc<Mutex<HashMap<K, Answer<V>>>>;

/// The result of a task, and whom it was about.
type Answer<V> = watch::Receiver<Option<(V, Subject)>>;

/// The task panicked, or the runtime is shutting down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Aborted;

impl<K, V> SingleFlight<K, V>
where
    K: Clone + Eq + Hash + Send + 'static,
    V: Clone + Send + Sync + 'static,
{
    pub(crate) fn new() -> Self {
        Self { running: Arc::default(), count: watch::Sender::new(0) }
    }

    /// Waits for the running task of `key`, or for a new one that runs `work`.
    pub(crate) async fn run<F>(&self, key: K, work: impl FnOnce() -> F) -> Result<V, Aborted>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let mut result = self.join_or_start(key, work);
        let answer = result.wait_for(Option::is_some).await.map_err(|_| Aborted)?;
        let (value, subject) = answer.clone().ok_or(Aborted)?;
        subject.note();
        Ok(value)
    }

    /// Starts `work` without waiting; does nothing if `key` has a running task.
    pub(crate) fn start<F>(&self, key: K, work: impl FnOnce() -> F)
    where
        F: Future<Output = V> + Send + 'static,
    {
        self.join_or_start(key, work);
    }

    /// Waits until no task is running.
    pub(crate) async fn idle(&self) {
        // The sender lives in `self`, so this cannot fail.
        let _ = self.count.subscribe().wait_for(|running| *running == 0).await;
    }

    fn join_or_start<F>(&self, key: K, work: impl FnOnce() -> F) -> Answer<V>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let mut running = lock(&self.running);
        if let Some(result) = running.get(&key) {
            return result.clone();
        }
        let (sender, receiver) = watch::channel(None);
        running.insert(key.clone(), receiver.clone());
        self.count.send_modify(|count| *count += 1);
        let guard = RunGuard { running: Arc::clone(&self.running), count: self.count.clone(), key };
        // The guard takes the lock when it is dropped, which is here if `work` panics.
        drop(running);
        let work = work();
        tokio::spawn(async move {
            let answer = Subject::of(work).await;
            // First, so that a caller who has seen the result cannot join the finished task.
            drop(guard);
            let _ = sender.send(Some(answer));
        });
        receiver
    }
}

/// Removes a key's entry, however its task ends.
struct RunGuard<K: Eq + Hash, V> {
    running: Running<K, V>,
    count: watch::Sender<usize>,
    key: K,
}

impl<K: Eq + Hash, V> Drop for RunGuard<K, V> {
    fn drop(&mut self) {
        lock(&self.running).remove(&self.key);
        self.count.send_modify(|count| *count -= 1);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn concurrent_callers_share_one_run() {
        let flight = Arc::new(SingleFlight::<&str, usize>::new());
        let runs = Arc::new(AtomicUsize::new(0));
        let go = Arc::new(Notify::new());
        let ask = |key: &'static str| {
            let (flight, runs, go) = (Arc::clone(&flight), Arc::clone(&runs), Arc::clone(&go));
            async move {
                flight
                    .run(key, || async move {
                        let run = runs.fetch_add(1, Ordering::SeqCst);
                        go.notified().await;
                        run
                    })
                    .await
            }
        };
        let asking = tokio::spawn(futures_util::future::join_all((0..50).map(|_| ask("same"))));
        while runs.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        go.notify_one();
        assert!(asking.await.unwrap().into_iter().all(|result| result == Ok(0)));
        assert_eq!(runs.load(Ordering::SeqCst), 1);

        go.notify_one();
        assert_eq!(ask("same").await, Ok(1), "a finished run is not joined");
    }

    #[tokio::test]
    async fn a_run_continues_when_nobody_waits() {
        let flight = SingleFlight::<(), ()>::new();
        let (started, go, done) =
            (Arc::new(Notify::new()), Arc::new(Notify::new()), Arc::new(Notify::new()));
        let signals = (Arc::clone(&started), Arc::clone(&go), Arc::clone(&done));
        let asking = flight.run((), move || async move {
            signals.0.notify_one();
            signals.1.notified().await;
            signals.2.notify_one();
        });
        tokio::select! {
            _ = asking => unreachable!("it waits for a signal"),
            () = started.notified() => {}
        }
        go.notify_one();
        done.notified().await;
        flight.idle().await;
    }

    #[tokio::test]
    async fn a_panic_ends_the_run_and_is_reported() {
        let flight = SingleFlight::<(), ()>::new();
        assert_eq!(flight.run((), || async { panic!("broken") }).await, Err(Aborted));
        flight.idle().await;
        assert_eq!(flight.run((), || async {}).await, Ok(()));
    }
}
