use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::House;
use super::process::PATIENCE;

const CLIENTS: usize = 16;
/// Few enough that several clients sign in the same person.
const PEOPLE: usize = 40;
/// How many of them are new in each round.
const NEW: usize = 20;
/// How many logins are answered before something is done to whoever answers them.
const ENOUGH: u32 = 60;

/// Clients that sign people in, all at once.
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
    /// Begins. Each client goes on until one of its logins fails.
    pub(crate) fn on(house: &House, round: usize) -> Self {
        let (answered, over) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicBool::new(false)));
        let clients = (0..CLIENTS).map(|number| {
            let (client, simulator) = (house.client.clone(), house.simulator.clone());
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

    /// Waits until it is well under way.
    pub(crate) async fn is_under_way(&self) {
        let enough = self.answered.acquire_many(ENOUGH);
        let enough = tokio::time::timeout(PATIENCE, enough).await;
        enough.expect("logins are answered").unwrap().forget();
    }

    /// Ends; every login that was answered.
    pub(crate) async fn end(self) -> Vec<Login> {
        self.over.store(true, Ordering::SeqCst);
        let mut logins = Vec::new();
        for client in self.clients {
            logins.extend(client.await.unwrap());
        }
        logins
    }
}
