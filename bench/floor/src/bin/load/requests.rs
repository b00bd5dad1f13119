//! What a virtual client sends next.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;
use uuid::Uuid;

use crate::http::{Connection, get, post};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// How many sessions a virtual client has: it uses them in turn.
const SESSIONS: usize = 8;

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scenario {
    New,
    Returning,
    Refresh,
    Forged,
    Me,
    Verify,
    Introspect,
    Healthz,
}

/// Numbers that all virtual clients take from.
pub(crate) struct Numbers {
    /// The next new user.
    next_user: AtomicU64,
    /// How many users there are.
    users: u64,
    /// Makes codes differ between runs.
    run: u64,
    next_code: AtomicU64,
}

impl Numbers {
    pub(crate) fn new(users: u64) -> Self {
        let run = Uuid::now_v7().get_timestamp().map_or(0, |at| at.to_unix().0 << 10)
            | u64::from(Uuid::new_v4().as_bytes()[0]);
        Self { next_user: users.into(), users: users.max(1), run, next_code: 0.into() }
    }

    /// How many users there are by now.
    pub(crate) fn users(&self) -> u64 {
        self.next_user.load(Ordering::Relaxed)
    }

    fn new_user(&self) -> u64 {
        self.next_user.fetch_add(1, Ordering::Relaxed)
    }

    /// Another user each time, all over the table.
    fn known_user(&self) -> u64 {
        let (random, _) = Uuid::new_v4().as_u64_pair();
        random % self.users
    }

    fn code(&self, user: u64) -> String {
        let serial = self.next_code.fetch_add(1, Ordering::Relaxed);
        format!("u{user:09}x{:012x}{serial:09x}", self.run)
    }
}

pub(crate) struct Client {
    pub(crate) connection: Connection,
    scenario: Scenario,
    /// The contract of the original route.
    is_original: bool,
    /// Of the API client that may introspect.
    key: String,
    numbers: Arc<Numbers>,
    tokens: Vec<String>,
    turn: usize,
}

impl Client {
    /// Signs in where the scenario needs tokens.
    pub(crate) async fn prepare(
        port: u16,
        scenario: Scenario,
        is_original: bool,
        key: String,
        numbers: Arc<Numbers>,
    ) -> Result<Self, String> {
        let connection = Connection::new(port);
        let (tokens, turn) = (Vec::new(), 0);
        let mut client = Self { connection, scenario, is_original, key, numbers, tokens, turn };
        let field = match scenario {
            Scenario::Refresh | Scenario::Forged => "refreshToken",
            Scenario::Me | Scenario::Verify | Scenario::Introspect => "accessToken",
            Scenario::New | Scenario::Returning | Scenario::Healthz => return Ok(client),
        };
        let sessions = if scenario == Scenario::Forged { 1 } else { SESSIONS };
        for _ in 0..sessions {
            let request = client.login(client.numbers.known_user());
            let answer = client.connection.send(&request).await;
            let (status, body) = answer.map_err(|error| format!("signing in failed: {error}"))?;
            let token = text(body, field).ok_or_else(|| format!("signing in failed: {status}"))?;
            client.tokens.push(token.to_owned());
        }
        Ok(client)
    }

    pub(crate) fn next_request(&mut self) -> Vec<u8> {
        self.turn = (self.turn + 1) % self.tokens.len().max(1);
        let token = self.tokens.get(self.turn).map_or("", String::as_str);
        match self.scenario {
            Scenario::New => self.login(self.numbers.new_user()),
            Scenario::Returning => self.login(self.numbers.known_user()),
            Scenario::Refresh => refresh(token),
            Scenario::Forged => refresh(&forged(token)),
            Scenario::Me => get("/v1/me", token),
            Scenario::Verify => get("/v1/verify", token),
            Scenario::Introspect => {
                post("/v1/introspect", &self.key, FORM, &format!("token={token}"))
            }
            Scenario::Healthz => get("/healthz", ""),
        }
    }

    /// Keeps the next refresh token of the session that was refreshed.
    pub(crate) fn keep(&mut self, token: Option<String>) {
        if let Some(token) = token {
            self.tokens[self.turn] = token;
        }
    }

    pub(crate) fn is_refreshing(&self) -> bool {
        self.scenario == Scenario::Refresh
    }

    /// The status of what is worth counting.
    pub(crate) fn expected_status(&self) -> u16 {
        if self.scenario == Scenario::Forged { 400 } else { 200 }
    }

    /// The same three values for every contender, as the original page sends them.
    fn login(&self, user: u64) -> Vec<u8> {
        let (path, name) =
            if self.is_original { ("/wxLogin", "userName") } else { ("/v1/login", "nickname") };
        let code = self.numbers.code(user);
        let avatar = format!("https://cdn.example.com/avatars/{user}.png");
        let body = format!(r#"{{"code":"{code}","avatarUrl":"{avatar}","{name}":"User {user}"}}"#);
        post(path, "", JSON, &body)
    }
}

fn refresh(token: &str) -> Vec<u8> {
    post("/v1/token/refresh", "", JSON, &format!(r#"{{"refreshToken":"{token}"}}"#))
}

/// Names another session, and has a MAC that nobody made: everything else is as in a real one.
fn forged(token: &str) -> String {
    let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(token).unwrap_or_default();
    if let Some(session) = bytes.get_mut(5..21) {
        session.copy_from_slice(Uuid::now_v7().as_bytes());
    }
    if let Some(mac) = bytes.last_chunk_mut::<16>() {
        *mac = *Uuid::new_v4().as_bytes();
    }
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// The value of a field of a JSON object, if it is a text without escapes.
pub(crate) fn text<'a>(json: &'a [u8], field: &str) -> Option<&'a str> {
    let json = std::str::from_utf8(json).ok()?;
    let (_, rest) = json.split_once(&format!("\"{field}\":\""))?;
    rest.split_once('"').map(|(value, _)| value)
}
