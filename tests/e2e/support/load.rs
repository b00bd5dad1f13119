use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::Harness;
use super::process::TIMEOUT;

const CLIENTS: usize = 16;
/// Few enough that several clients sign in the same person.
const PEOPLE: usize = 40;
/// How many of them are new in each round.
const NEW: usize = 20;
/// How many logins are answered before a failure is caused.
const WARM_UP: u32 = 60;

/// Clients that sign people in concurrently.
pub(crate) struct Load {
    clients: Vec<JoinHandle<Vec<Login>>>,
    answered: Arc<Semaphore>,
    over: Arc<AtomicBool>,
}

/// A login that was answered.
pub(crate) struct Login {
    pub(crate) person: String,
    pub(crate) user: String,
    pub(crate) token: String,
}

impl Load {
    /// Starts the clients. Each continues until one of its logins fails.
    pub(crate) fn start(harness: &Harness, round: usize) -> Self {
        let (answered, over) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicBool::new(false)));
        let clients = (0..CLIENTS).map(|number| {
            let (client, simulator) = (harness.client.clone(), harness.simulator.clone());
            let (answered, over) = (answered.clone(), over.clone());
            tokio::spawn(async move {
                let mut logins = Vec::new();
                while !over.load(Ordering::SeqCst) {
                    let one = (number * 7 + logins.len() * 3) % PEOPLE;
                    let person = format!("oPerson{}", round * NEW + one);
                    let code = simulator.code(&person).await;
                    let Some((user, token)) = client.try_login(&code).await else { break };
                    logins.push(Login { person, user, token });
                    answered.add_permits(1);
                }
                logins
            })
        });
        Self { clients: clients.collect(), answered, over }
    }

    /// Waits until many logins have been answered.
    pub(crate) async fn wait_until_busy(&self) {
        let answered = self.answered.acquire_many(WARM_UP);
        let answered = tokio::time::timeout(TIMEOUT, answered).await;
        answered.expect("logins are answered").unwrap().forget();
    }

    /// Stops the clients, and returns all answered logins.
    pub(crate) async fn stop(self) -> Vec<Login> {
        self.over.store(true, Ordering::SeqCst);
        let mut logins = Vec::new();
        for client in self.clients {
            logins.extend(client.await.unwrap());
        }
        logins
    }
}
