use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A step of a scripted response.
#[derive(Clone)]
pub(crate) enum Step {
    /// Sends these bytes.
    Send(String),
    /// Sends the text one byte at a time, with a pause after each.
    Trickle(String, Duration),
    /// Sends this many bytes, or as many as the client reads.
    Flood(usize),
    /// Keeps the connection open and sends nothing more.
    Hang,
    /// Closes the connection, which otherwise waits for its next request.
    Close,
}

/// An HTTP server on a free port that plays one script for each request, in order.
pub(crate) struct ScriptedServer {
    pub(crate) address: SocketAddr,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    requests: Mutex<Vec<String>>,
    connections: AtomicUsize,
    flooded: AtomicUsize,
}

impl ScriptedServer {
    pub(crate) async fn start(scripts: impl IntoIterator<Item = Vec<Step>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let scripts = Arc::new(Mutex::new(scripts.into_iter().collect::<VecDeque<_>>()));
        let seen = Arc::new(Seen::default());
        let server = Self { address, seen: Arc::clone(&seen) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                seen.connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, Arc::clone(&scripts), Arc::clone(&seen)));
            }
        });
        server
    }

    /// All requests, in order of arrival.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.seen.requests.lock().unwrap().clone()
    }

    /// How many connections have been opened.
    pub(crate) fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }

    /// How many bytes of a flood the client has read.
    pub(crate) fn flooded(&self) -> usize {
        self.seen.flooded.load(Ordering::SeqCst)
    }
}

async fn serve(
    mut stream: TcpStream,
    scripts: Arc<Mutex<VecDeque<Vec<Step>>>>,
    seen: Arc<Seen>,
) -> Option<()> {
    loop {
        let request = read_request(&mut stream).await?;
        seen.requests.lock().unwrap().push(request);
        let script = scripts.lock().unwrap().pop_front()?;
        for step in script {
            match step {
                Step::Send(bytes) => stream.write_all(bytes.as_bytes()).await.ok()?,
                Step::Trickle(bytes, pause) => {
                    for byte in bytes.bytes() {
                        stream.write_u8(byte).await.ok()?;
                        tokio::time::sleep(pause).await;
                    }
                }
                Step::Flood(total) => {
                    let block = [b' '; 16 * 1024];
                    while seen.flooded.load(Ordering::SeqCst) < total {
                        let read = stream.write(&block).await.ok()?;
                        seen.flooded.fetch_add(read, Ordering::SeqCst);
                    }
                }
                Step::Hang => std::future::pending().await,
                Step::Close => return None,
            }
        }
    }
}

/// The next request, or `None` when the connection is closed.
async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8_lossy(&request).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).await.ok()?;
    request.extend(body);
    String::from_utf8(request).ok()
}
