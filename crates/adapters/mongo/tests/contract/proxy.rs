//! A proxy that imitates failures of the server.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How the server behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// Forwards everything.
    Normal,
    /// Accepts connections and bytes, but does not answer.
    Silent,
    /// Closes old and new connections.
    HangsUp,
}

/// A proxy in front of a server.
pub(crate) struct Proxy {
    /// Its address, as `host:port`.
    pub(crate) address: String,
    behaviour: watch::Sender<Behaviour>,
}

impl Proxy {
    pub(crate) async fn before(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (behaviour, watched) = watch::channel(Behaviour::Normal);
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                if *watched.borrow() == Behaviour::HangsUp {
                    continue;
                }
                let Ok(server) = TcpStream::connect(&server).await else { continue };
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                tokio::spawn(pump(from_client, to_server, watched.clone()));
                tokio::spawn(pump(from_server, to_client, watched.clone()));
            }
        });
        Self { address, behaviour }
    }

    pub(crate) fn behave(&self, behaviour: Behaviour) {
        self.behaviour.send_replace(behaviour);
    }
}

async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    watched: watch::Receiver<Behaviour>,
) {
    let mut talks = watched.clone();
    let mut hangs_up = watched;
    let copying = async {
        let mut bytes = [0; 4096];
        loop {
            let Ok(count @ 1..) = from.read(&mut bytes).await else { return };
            if talks.wait_for(|now| *now != Behaviour::Silent).await.is_err() {
                return;
            }
            if to.write_all(&bytes[..count]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = copying => {}
        _ = hangs_up.wait_for(|now| *now == Behaviour::HangsUp) => {}
    }
}
