//! One connection that sends a request at a time, with as little work as possible: the load shares
//! the machine with what it measures.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long a response may take.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Connection {
    port: u16,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) fn new(port: u16) -> Self {
        Self { port, stream: None, buffer: Vec::with_capacity(4096) }
    }

    /// Sends the request and returns status and body. After an error the next request connects anew.
    pub(crate) async fn send(&mut self, request: &[u8]) -> io::Result<(u16, &[u8])> {
        let answer = match timeout(PATIENCE, self.exchange(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        };
        let (status, body, keeps_open) = answer.inspect_err(|_| self.stream = None)?;
        if !keeps_open {
            self.stream = None;
        }
        Ok((status, &self.buffer[body..]))
    }

    /// Returns the status, where the body begins in the buffer, and whether the connection stays.
    async fn exchange(&mut self, request: &[u8]) -> io::Result<(u16, usize, bool)> {
        // A connection that is lost halfway must not be used again: it is put back at the end.
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
                stream.set_nodelay(true)?;
                stream
            }
        };
        stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(head) = Head::parse(&self.buffer)? {
                while self.buffer.len() < head.length + head.body {
                    if stream.read_buf(&mut self.buffer).await? == 0 {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                self.stream = Some(stream);
                return Ok((head.status, head.length, head.keeps_open));
            }
        }
    }
}

struct Head {
    status: u16,
    length: usize,
    body: usize,
    keeps_open: bool,
}

impl Head {
    fn parse(bytes: &[u8]) -> io::Result<Option<Self>> {
        let mut headers = [httparse::EMPTY_HEADER; 48];
        let mut response = httparse::Response::new(&mut headers);
        let parsed = response.parse(bytes).map_err(io::Error::other)?;
        let httparse::Status::Complete(length) = parsed else { return Ok(None) };
        let value = |name: &str| {
            let header =
                response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
            header.and_then(|header| std::str::from_utf8(header.value).ok())
        };
        let body = value("content-length").and_then(|value| value.parse().ok());
        let keeps_open =
            value("connection").is_none_or(|value| !value.eq_ignore_ascii_case("close"));
        Ok(Some(Self {
            status: response.code.unwrap_or_default(),
            length,
            body: body.ok_or_else(|| io::Error::other("a response without Content-Length"))?,
            keeps_open,
        }))
    }
}

pub(crate) fn get(path: &str, token: &str) -> Vec<u8> {
    let token = authorization(token);
    format!("GET {path} HTTP/1.1\r\nhost: bench\r\n{token}\r\n").into_bytes()
}

pub(crate) fn post(path: &str, token: &str, content_type: &str, body: &str) -> Vec<u8> {
    let (token, length) = (authorization(token), body.len());
    format!(
        "POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: {content_type}\r\n\
         content-length: {length}\r\n{token}\r\n{body}"
    )
    .into_bytes()
}

fn authorization(token: &str) -> String {
    if token.is_empty() { String::new() } else { format!("authorization: Bearer {token}\r\n") }
}
