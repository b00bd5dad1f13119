use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;
use url::Url;

use super::process::TIMEOUT;

/// A pause between two pieces of one request that only Nagle's algorithm and a delayed
/// acknowledgement explain, which cost 40 ms or more.
const STALL: std::ops::Range<Duration> = Duration::from_millis(35)..Duration::from_millis(250);

/// A proxy between one instance and its database server, which delays, counts, freezes and cuts. It
/// sees statements only in connections without TLS, and prepared statements only when they are
/// prepared; their values and `COMMIT` are visible each time.
pub(crate) struct Proxy {
    address: SocketAddr,
    server: Url,
    shared: Arc<Shared>,
    forwarding: AbortHandle,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Closes all connections: what is frozen would keep the database from being dropped.
        self.forwarding.abort();
    }
}

struct Shared {
    server: String,
    delay: Duration,
    frozen: watch::Sender<bool>,
    trigger: Mutex<Option<Arc<Trigger>>>,
    triggered: watch::Sender<bool>,
    connections: AtomicUsize,
    requests: AtomicUsize,
    stalls: AtomicUsize,
}

/// What happens when a connection's client has sent these texts, one after the other.
struct Trigger {
    texts: Vec<&'static str>,
    action: Action,
}

#[derive(Clone, Copy)]
enum Action {
    /// Nothing, except that it is noticed.
    Notice,
    /// Everything freezes before the last text is forwarded.
    Freeze,
    /// The server executes what the client has sent, and the client sees a closed connection.
    LoseAnswer,
}

impl Proxy {
    /// Starts a proxy in front of the server of this URL, which delays each direction this long.
    pub(crate) async fn before(url: &str, delay: Duration) -> Self {
        let server = Url::parse(url).unwrap();
        let address = format!("{}:{}", server.host_str().unwrap(), server.port().unwrap());
        let shared = Arc::new(Shared {
            server: address,
            delay,
            frozen: watch::Sender::new(false),
            trigger: Mutex::new(None),
            triggered: watch::Sender::new(false),
            connections: AtomicUsize::new(0),
            requests: AtomicUsize::new(0),
            stalls: AtomicUsize::new(0),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let accepting = shared.clone();
        let forwarding = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                accepting.connections.fetch_add(1, Ordering::SeqCst);
                connections.spawn(forward(client, accepting.clone()));
                while connections.try_join_next().is_some() {}
            }
        });
        Self { address, server, shared, forwarding: forwarding.abort_handle() }
    }

    /// The URL of the database behind the proxy, for connections without TLS.
    pub(crate) fn url(&self) -> String {
        let mut url = self.tls_url();
        url.push_str(match self.server.scheme() {
            "mysql" => "?ssl-mode=disabled",
            _ => "?sslmode=disable",
        });
        url
    }

    /// The same with TLS where the server offers it.
    pub(crate) fn tls_url(&self) -> String {
        let mut url = self.server.clone();
        url.set_port(Some(self.address.port())).unwrap();
        url.into()
    }

    /// How many connections were opened.
    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// How many pieces of data clients have sent: at least one for each round trip.
    pub(crate) fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::SeqCst)
    }

    /// How often a client held a piece of a request back until the one before was acknowledged.
    pub(crate) fn stalls(&self) -> usize {
        self.shared.stalls.load(Ordering::SeqCst)
    }

    /// Stops forwarding on all connections, old and new. Neither side sees one end.
    pub(crate) fn freeze(&self) {
        self.shared.frozen.send_replace(true);
    }

    /// Forwards everything again.
    pub(crate) fn thaw(&self) {
        self.shared.frozen.send_replace(false);
    }

    /// Freezes when a client sends the last of these texts, after the others on the same connection.
    pub(crate) fn freeze_at(&self, texts: &[&'static str]) {
        self.arm(texts, Action::Freeze);
    }

    /// Lets the server execute everything up to the last of these texts, and cuts the connection
    /// before the client gets the answer. Once.
    pub(crate) fn lose_answer_to(&self, texts: &[&'static str]) {
        self.arm(texts, Action::LoseAnswer);
    }

    /// Notices whether a client sends this text.
    pub(crate) fn look_for(&self, text: &'static str) {
        self.arm(&[text], Action::Notice);
    }

    fn arm(&self, texts: &[&'static str], action: Action) {
        self.shared.triggered.send_replace(false);
        let trigger = Arc::new(Trigger { texts: texts.to_vec(), action });
        *self.shared.trigger.lock().unwrap() = Some(trigger);
    }

    /// Whether a client has sent the texts.
    pub(crate) fn was_triggered(&self) -> bool {
        *self.shared.triggered.borrow()
    }

    /// Waits until a client sends the texts.
    pub(crate) async fn triggered(&self) {
        let mut triggered = self.shared.triggered.subscribe();
        let waiting = triggered.wait_for(|is_triggered| *is_triggered);
        tokio::time::timeout(TIMEOUT, waiting).await.expect("the texts are sent").unwrap();
    }
}

impl Shared {
    async fn until_thawed(&self) {
        let _ = self.frozen.subscribe().wait_for(|is_frozen| !is_frozen).await;
    }

    /// What to do now that a connection's client sends this.
    fn action(&self, progress: &mut Progress, sent: &[u8]) -> Option<Action> {
        let mut armed = self.trigger.lock().unwrap();
        let trigger = armed.clone()?;
        if !progress.trigger.as_ref().is_some_and(|known| Arc::ptr_eq(known, &trigger)) {
            *progress = Progress { trigger: Some(trigger.clone()), ..Progress::default() };
        }
        if !progress.advance(&trigger.texts, sent) {
            return None;
        }
        *armed = None;
        Some(trigger.action)
    }
}

/// How much of a trigger's texts a connection's client has sent.
#[derive(Default)]
struct Progress {
    trigger: Option<Arc<Trigger>>,
    found: usize,
    /// What a text that has arrived in part could begin with.
    rest: Vec<u8>,
}

impl Progress {
    /// Whether all texts have been sent now.
    fn advance(&mut self, texts: &[&'static str], sent: &[u8]) -> bool {
        self.rest.extend_from_slice(sent);
        while let Some(text) = texts.get(self.found) {
            let text = text.as_bytes();
            if let Some(place) = self.rest.windows(text.len()).position(|part| part == text) {
                self.rest.drain(..place + text.len());
                self.found += 1;
            } else {
                let surplus = self.rest.len().saturating_sub(text.len() - 1);
                self.rest.drain(..surplus);
                return false;
            }
        }
        true
    }
}

/// One connection.
struct Connection {
    shared: Arc<Shared>,
    /// Whether the server's answers are dropped.
    loses_answers: AtomicBool,
    /// When the client sent something to which the server has not answered.
    asked: Mutex<Option<Instant>>,
}

async fn forward(client: TcpStream, shared: Arc<Shared>) {
    shared.until_thawed().await;
    tokio::time::sleep(2 * shared.delay).await;
    let Ok(server) = TcpStream::connect(&shared.server).await else { return };
    for stream in [&client, &server] {
        stream.set_nodelay(true).unwrap();
    }
    let connection =
        Connection { shared, loses_answers: AtomicBool::new(false), asked: Mutex::new(None) };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::join!(
        connection.forward_requests(from_client, to_server),
        connection.forward_answers(from_server, to_client),
    );
}

impl Connection {
    async fn forward_requests(&self, from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let arrived = || {
            self.shared.requests.fetch_add(1, Ordering::SeqCst);
            let now = Instant::now();
            let before = self.asked.lock().unwrap().replace(now);
            if before.is_some_and(|before| STALL.contains(&(now - before))) {
                self.shared.stalls.fetch_add(1, Ordering::SeqCst);
            }
        };
        let mut progress = Progress::default();
        let forwarding = async |mut queue: mpsc::Receiver<Piece>| {
            while let Some(piece) = queue.recv().await {
                tokio::time::sleep_until(piece.due).await;
                let action = self.shared.action(&mut progress, &piece.bytes);
                match action {
                    Some(Action::Freeze) => {
                        self.shared.frozen.send_replace(true);
                    }
                    Some(Action::LoseAnswer) => self.loses_answers.store(true, Ordering::SeqCst),
                    Some(Action::Notice) | None => {}
                }
                if action.is_some() {
                    self.shared.triggered.send_replace(true);
                }
                self.shared.until_thawed().await;
                let sent = to.write_all(&piece.bytes).await;
                if sent.is_err() || matches!(action, Some(Action::LoseAnswer)) {
                    break;
                }
            }
            self.shared.until_thawed().await;
            // A server executes what it has received before it notices that this was all.
            let _ = to.shutdown().await;
        };
        self.pump(from, arrived, forwarding).await;
    }

    async fn forward_answers(&self, from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let arrived = || *self.asked.lock().unwrap() = None;
        let forwarding = async |mut queue: mpsc::Receiver<Piece>| {
            while let Some(piece) = queue.recv().await {
                tokio::time::sleep_until(piece.due).await;
                self.shared.until_thawed().await;
                if self.loses_answers.load(Ordering::SeqCst) {
                    continue;
                }
                if to.write_all(&piece.bytes).await.is_err() {
                    break;
                }
            }
            self.shared.until_thawed().await;
            let _ = to.shutdown().await;
        };
        self.pump(from, arrived, forwarding).await;
    }

    /// Reads ahead of what is forwarded, so that a delay does not limit the throughput.
    async fn pump(
        &self,
        mut from: OwnedReadHalf,
        arrived: impl Fn(),
        forwarding: impl AsyncFnOnce(mpsc::Receiver<Piece>),
    ) {
        let (sender, queue) = mpsc::channel(1024);
        let reading = async move {
            // Large enough for any request, so that one write arrives in one piece.
            let mut buffer = vec![0; 1 << 18];
            while let Ok(count @ 1..) = from.read(&mut buffer).await {
                arrived();
                let due = Instant::now() + self.shared.delay;
                let piece = Piece { due, bytes: buffer[..count].to_vec() };
                if sender.send(piece).await.is_err() {
                    break;
                }
            }
        };
        tokio::join!(reading, forwarding(queue));
    }
}

/// Something that arrived, and when it is forwarded.
struct Piece {
    due: Instant,
    bytes: Vec<u8>,
}
