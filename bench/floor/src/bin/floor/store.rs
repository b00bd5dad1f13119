//! The rows of a login, for many logins in one transaction: one read, then all writes and the commit
//! in one packet.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts};
use tokio::sync::{Mutex, mpsc, oneshot};
use uuid::Uuid;
use wxlogin_bench::{APP_ID, options};

use crate::{Failure, decode};

/// How many transactions are under way at once, so that one is prepared while another commits.
const WORKERS: usize = 2;
const LOGINS_PER_TRANSACTION: usize = 256;
const ATTEMPTS: usize = 5;

/// 14 and 30 days.
const IDLE: u64 = 1_209_600_000;
const LIFETIME: u64 = 2_592_000_000;

pub(crate) struct Login {
    pub(crate) open_id: String,
    pub(crate) session_key: String,
    pub(crate) nickname: String,
    pub(crate) avatar_url: String,
}

#[derive(Clone)]
pub(crate) struct SignedIn {
    pub(crate) user_id: Uuid,
    pub(crate) session_id: Uuid,
    pub(crate) is_new: bool,
}

type Job = (Login, oneshot::Sender<SignedIn>);

pub(crate) struct Store {
    jobs: mpsc::Sender<Job>,
}

impl Store {
    pub(crate) async fn open(url: &str) -> Result<Self, Failure> {
        let (jobs, waiting) = mpsc::channel(4096);
        let waiting = Arc::new(Mutex::new(waiting));
        for worker in 0..WORKERS {
            let mut connection = Conn::new(options(Opts::from_url(url)?)).await?;
            if worker == 0 {
                connection.query_drop(include_str!("schema.sql")).await?;
            }
            connection
                .query_drop("SET SESSION transaction_isolation = 'READ-COMMITTED', autocommit = 0")
                .await?;
            tokio::spawn(work(connection, waiting.clone()));
        }
        Ok(Self { jobs })
    }

    pub(crate) async fn log_in(&self, login: Login) -> Result<SignedIn, Failure> {
        let (reply, answer) = oneshot::channel();
        self.jobs.send((login, reply)).await.map_err(|_| "the store has stopped")?;
        Ok(answer.await?)
    }
}

async fn work(mut connection: Conn, waiting: Arc<Mutex<mpsc::Receiver<Job>>>) {
    let mut batch = Vec::with_capacity(LOGINS_PER_TRANSACTION);
    loop {
        waiting.lock().await.recv_many(&mut batch, LOGINS_PER_TRANSACTION).await;
        let (logins, replies): (Vec<_>, Vec<_>) = batch.drain(..).unzip();
        for attempt in 1..=ATTEMPTS {
            match record(&mut connection, &logins).await {
                Ok(signed_in) => {
                    for (reply, signed_in) in replies.into_iter().zip(signed_in) {
                        let _ = reply.send(signed_in);
                    }
                    break;
                }
                // Another worker was first with a row, or a deadlock.
                Err(error) => {
                    eprintln!("attempt {attempt}: {error}");
                    let _ = connection.query_drop("ROLLBACK").await;
                }
            }
        }
    }
}

async fn record(connection: &mut Conn, logins: &[Login]) -> Result<Vec<SignedIn>, Failure> {
    let names = list(logins.iter().map(|login| text(&login.open_id)));
    let known: Vec<(String, Vec<u8>)> = connection
        .query(format!(
            "SELECT i.open_id, u.id FROM identities i JOIN users u ON u.id = i.user_id \
             WHERE i.app_id = '{APP_ID}' AND i.open_id IN ({names})"
        ))
        .await?;
    let mut users = BTreeMap::new();
    for (open_id, id) in known {
        users.insert(open_id, Uuid::from_slice(&id)?);
    }

    let now = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    let (mut new_users, mut identities, mut sessions) = (Vec::new(), BTreeMap::new(), Vec::new());
    let signed_in = logins.iter().map(|login| {
        let open_id = text(&login.open_id);
        let is_new = !users.contains_key(&login.open_id);
        let user_id = *users.entry(login.open_id.clone()).or_insert_with(Uuid::now_v7);
        let session_id = Uuid::now_v7();
        if is_new {
            let (nickname, avatar) = (text(&login.nickname), text(&login.avatar_url));
            let id = hex(user_id.as_bytes());
            new_users.push(format!("({id},2,1,{nickname},{avatar},{now},{now})"));
        }
        // As long as the product's: version, key id, nonce and tag beside the key.
        let session_key = hex(&[decode(&login.session_key).as_slice(), &[0; 33]].concat());
        let (user, tag) =
            (hex(user_id.as_bytes()), hex(&[user_id.as_bytes().as_slice(); 2].concat()));
        identities.insert(
            login.open_id.as_str(),
            format!("('{APP_ID}',{open_id},{user},{tag},{session_key},{tag},{now},NULL,NULL)"),
        );
        let (id, salt) = (hex(session_id.as_bytes()), hex(Uuid::new_v4().as_bytes()));
        let (expires, ends) = (now + IDLE, now + LIFETIME);
        sessions.push(format!(
            "({id},{user},'{APP_ID}',{open_id},1,{salt},{now},{now},{expires},{ends})"
        ));
        SignedIn { user_id, session_id, is_new }
    });
    let signed_in = signed_in.collect();

    let mut writes = String::new();
    if !new_users.is_empty() {
        write!(writes, "INSERT INTO users VALUES {};", list(new_users))?;
    }
    write!(
        writes,
        "INSERT INTO identities VALUES {} ON DUPLICATE KEY UPDATE \
         previous_session_key = session_key, previous_session_key_until = {}, \
         session_key = VALUES(session_key), session_key_tag = VALUES(session_key_tag), \
         session_key_at = VALUES(session_key_at);\
         INSERT INTO sessions VALUES {}; COMMIT",
        list(identities.into_values()),
        now + 3_600_000,
        list(sessions),
    )?;
    connection.query_drop(writes).await?;
    Ok(signed_in)
}

fn list(items: impl IntoIterator<Item = String>) -> String {
    items.into_iter().collect::<Vec<_>>().join(",")
}

/// A text of SQL. The load sends none with quotes or backslashes; others are left empty.
fn text(value: &str) -> String {
    if value.contains(['\'', '\\']) { "''".into() } else { format!("'{value}'") }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::from("0x");
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
