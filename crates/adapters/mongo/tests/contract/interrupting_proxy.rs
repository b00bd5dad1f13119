//! A proxy that stops after a number of writes, or of reads and writes: for good, as if the process had
//! been killed, or until it is released, as if the process were slow.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use wxlogin_mongo::{Database, DatabaseSettings};

use crate::support::ScratchDatabase;

const SETTINGS: DatabaseSettings = DatabaseSettings {
    connections: 4,
    acquire_timeout: Duration::from_secs(2),
    statement_timeout: Duration::from_secs(30),
};

/// The commands that write.
const WRITES: &[&str] = &["insert", "update", "delete", "findAndModify"];

/// The commands that read or write.
const READS_AND_WRITES: &[&str] = &["find", "insert", "update", "delete", "findAndModify"];

/// How counted commands are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The limit is not reached yet.
    Open,
    /// A command is waiting.
    Holds,
    /// All pass.
    Released,
    /// Nothing passes any more.
    Severed,
}

/// What happens to the first command beyond the limit.
#[derive(Clone, Copy)]
enum AtTheEnd {
    Sever,
    Hold,
}

/// Lets a limited number of commands pass.
pub(crate) struct InterruptingProxy(watch::Sender<State>);

impl InterruptingProxy {
    /// Returns an instance that loses its connection after so many writes.
    pub(crate) async fn severed_after(
        writes: usize,
        scratch: &ScratchDatabase,
    ) -> (Self, Database) {
        Self::before(scratch, WRITES, writes, AtTheEnd::Sever).await
    }

    /// Returns an instance that waits after so many writes.
    pub(crate) async fn held_after(writes: usize, scratch: &ScratchDatabase) -> (Self, Database) {
        Self::before(scratch, WRITES, writes, AtTheEnd::Hold).await
    }

    /// Returns an instance that waits after so many reads and writes.
    pub(crate) async fn held_after_steps(
        steps: usize,
        scratch: &ScratchDatabase,
    ) -> (Self, Database) {
        Self::before(scratch, READS_AND_WRITES, steps, AtTheEnd::Hold).await
    }

    /// Whether the limit was reached and the connection cut.
    pub(crate) fn is_severed(&self) -> bool {
        *self.0.borrow() == State::Severed
    }

    /// Returns when a command is waiting.
    pub(crate) async fn holds(&self) {
        self.0.subscribe().wait_for(|state| *state == State::Holds).await.unwrap();
    }

    /// Lets everything pass.
    pub(crate) fn release(&self) {
        self.0.send_replace(State::Released);
    }

    async fn before(
        scratch: &ScratchDatabase,
        counted: &'static [&'static str],
        number: usize,
        end: AtTheEnd,
    ) -> (Self, Database) {
        let (host, url_to) = scratch.address_and_url();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = url_to(&listener.local_addr().unwrap().to_string());
        let (state, _) = watch::channel(State::Open);
        let left = Arc::new(AtomicUsize::new(number));
        let gate = Gate { counted, left, end, state: state.clone() };
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                tokio::spawn(gate.clone().connect(client, host.clone()));
            }
        });
        (Self(state), Database::open(&url, SETTINGS).await.unwrap())
    }
}

#[derive(Clone)]
struct Gate {
    counted: &'static [&'static str],
    left: Arc<AtomicUsize>,
    end: AtTheEnd,
    state: watch::Sender<State>,
}

impl Gate {
    async fn connect(self, client: TcpStream, host: String) {
        let mut state = self.state.subscribe();
        let Ok(server) = TcpStream::connect(&host).await else { return };
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        tokio::select! {
            () = self.requests(from_client, to_server) => {}
            () = answers(from_server, to_client) => {}
            _ = state.wait_for(|state| *state == State::Severed) => {}
        }
    }

    async fn requests(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        while let Some(message) = message(&mut from).await {
            if command(&message).is_some_and(|command| self.counted.contains(&command)) {
                self.pass().await;
            }
            if to.write_all(&message).await.is_err() {
                return;
            }
        }
    }

    async fn pass(&self) {
        let take = |left: usize| left.checked_sub(1);
        let is_enough = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_err();
        if !is_enough || *self.state.borrow() == State::Released {
            return;
        }
        self.state.send_replace(match self.end {
            AtTheEnd::Sever => State::Severed,
            AtTheEnd::Hold => State::Holds,
        });
        // In the state `Severed` the connection ends while this waits.
        self.state.subscribe().wait_for(|state| *state == State::Released).await.unwrap();
    }
}

async fn answers(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    while let Some(message) = message(&mut from).await {
        if to.write_all(&message).await.is_err() {
            return;
        }
    }
}

/// Reads one message of MongoDB's protocol, which begins with its length.
async fn message(from: &mut OwnedReadHalf) -> Option<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length).await.ok()?;
    let mut message = vec![0; usize::try_from(u32::from_le_bytes(length)).unwrap()];
    message[..4].copy_from_slice(&length);
    from.read_exact(&mut message[4..]).await.ok()?;
    Some(message)
}

/// Returns the name of the command in an `OP_MSG`: the name of the first field of its body.
/// <https://github.com/mongodb/specifications/blob/master/source/message/OP_MSG.md>
fn command(message: &[u8]) -> Option<&str> {
    const OP_MSG: [u8; 4] = 2013_u32.to_le_bytes();
    if message.get(12..16)? != OP_MSG {
        return None;
    }
    // Header, flags, kind and length of the body, type of its first field.
    let name = message.get(16 + 4 + 1 + 4 + 1..)?.split(|byte| *byte == 0).next()?;
    std::str::from_utf8(name).ok()
}
