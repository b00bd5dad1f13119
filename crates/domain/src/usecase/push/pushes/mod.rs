//! What becomes of the messages WeChat pushes.

mod order;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use self::order::{Deed, Order};
use crate::model::{
    AppId, AuditAction, AuditEvent, EncodingAesKey, Malformed, Push, PushEvent, PushStamp, Secret,
    Timestamp, User,
};
use crate::ports::{
    AccountStore, CannotDecrypt, Clearing, Clock, IdentityErasure, KeyedTag, PushReader, PushStore,
    Randomness, Sealer, StoreError, TagPurpose, WechatCrypto,
};
use crate::usecase::support::single_flight::SingleFlight;
use crate::usecase::tokens::access_tokens::AccessTokens;
use crate::usecase::tokens::revocations::Revocations;

/// A mini-program that has pushes sent here, as WeChat's console knows it.
#[derive(Debug, Clone)]
pub struct PushApp {
    /// The mini-program.
    pub id: AppId,
    /// What signs its pushes.
    pub token: Secret,
    /// What encrypts them in safe mode; without it nothing encrypted is taken.
    pub key: Option<EncodingAesKey>,
}

/// What WeChat says about a push behind its URL.
#[derive(Clone, Copy)]
pub struct PushQuery<'a> {
    /// When it was sent, in seconds.
    pub timestamp: &'a str,
    /// What makes its signature differ from others.
    pub nonce: &'a str,
    /// Over the token and these two.
    pub signature: &'a str,
    /// Over the ciphertext as well, in safe mode.
    pub message_signature: &'a str,
}

// A signature is as good as the token for five minutes.
impl fmt::Debug for PushQuery<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PushQuery(…)")
    }
}

/// A push was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// The app is not known or has no pushes sent here.
    #[error("no pushes are expected for this app")]
    UnknownApp,
    /// It is not WeChat's, not of now, not for this app, or not understood; nobody is told which.
    #[error("this is no push of now")]
    Refused,
    /// The database did not answer. WeChat's repetition is welcome.
    #[error("the push could not be acted on")]
    Store(#[from] StoreError),
    /// The task that acted on it broke off.
    #[error("the push was not acted on to the end")]
    Broken,
}

impl From<Malformed> for PushError {
    fn from(_: Malformed) -> Self {
        Self::Refused
    }
}

impl From<CannotDecrypt> for PushError {
    fn from(CannotDecrypt: CannotDecrypt) -> Self {
        Self::Refused
    }
}

/// How many pushes were acknowledged without a deed since this instance started.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct PushesLeft {
    /// Those in plain mode, whose signature does not cover what they say.
    pub plain: u64,
    /// Those that ask for nothing that is done here, or do not say for whom.
    pub other: u64,
    /// Those that had been acted on before.
    pub repeated: u64,
}

/// What [`Pushes`] works with.
pub struct PushesParts {
    /// The apps whose pushes are taken.
    pub apps: Vec<PushApp>,
    /// Knows how long tokens hold.
    pub access: Arc<AccessTokens>,
    /// Checks and decrypts.
    pub crypto: Arc<dyn WechatCrypto>,
    /// Reads XML and JSON.
    pub reader: Arc<dyn PushReader>,
    /// Remembers which were acted on.
    pub pushes: Arc<dyn PushStore>,
    /// Keeps users.
    pub accounts: Arc<dyn AccountStore>,
    /// Learns of sessions that end.
    pub revocations: Arc<Revocations>,
    /// Makes tags.
    pub sealer: Arc<dyn Sealer>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub randomness: Arc<dyn Randomness>,
}

/// Takes what WeChat pushes and does what it says about people.
///
/// Only what is encrypted is acted on: the signature of plain mode covers time and nonce and nothing
/// of the message, so whoever has seen one could put any message under it.
pub struct Pushes {
    desk: Arc<Desk>,
    running: SingleFlight<KeyedTag, Result<(), PushError>>,
}

struct Desk {
    parts: PushesParts,
    plain: AtomicU64,
    other: AtomicU64,
    repeated: AtomicU64,
}

impl Pushes {
    /// Wires the use case.
    #[must_use]
    pub fn new(parts: PushesParts) -> Self {
        let (plain, other, repeated) = Default::default();
        let desk = Arc::new(Desk { parts, plain, other, repeated });
        Self { desk, running: SingleFlight::new() }
    }

    /// Whether it is WeChat that asks for this app, as it does when its console saves the address.
    pub fn verify(&self, app_id: &str, query: PushQuery<'_>) -> Result<(), PushError> {
        let app = self.desk.app(app_id)?;
        self.desk.signed(app, query, None).map(drop)
    }

    /// Takes a push and does what it asks for. One that comes again when that is done is only
    /// acknowledged; one that comes meanwhile shares the answer. Whoever hangs up does not interrupt
    /// it.
    pub async fn receive(
        &self,
        app_id: &str,
        query: PushQuery<'_>,
        body: &[u8],
    ) -> Result<(), PushError> {
        let desk = self.desk.clone();
        let app = self.desk.app(app_id)?;
        let Some(event) = desk.opened(app, query, body)? else {
            Desk::left(&desk.plain, app, "it is not encrypted");
            return Ok(());
        };
        let Some(order) = Order::of(event, &app.id) else {
            Desk::left(&desk.other, app, "it asks for nothing that is done here");
            return Ok(());
        };
        let tag = desk.parts.sealer.tag(TagPurpose::Push, &order.content);
        let work = || async move { desk.carry_out(order, tag).await };
        self.running.run(tag, work).await.unwrap_or(Err(PushError::Broken))
    }

    /// Waits until nothing is being done any more, including what WeChat no longer waits for.
    pub async fn idle(&self) {
        self.running.idle().await;
    }

    /// How many were acknowledged without a deed.
    #[must_use]
    pub fn left(&self) -> PushesLeft {
        PushesLeft {
            plain: self.desk.plain.load(Ordering::Relaxed),
            other: self.desk.other.load(Ordering::Relaxed),
            repeated: self.desk.repeated.load(Ordering::Relaxed),
        }
    }
}

impl Desk {
    fn app(&self, app_id: &str) -> Result<&PushApp, PushError> {
        let app = self.parts.apps.iter().find(|app| app.id.as_str() == app_id);
        app.ok_or(PushError::UnknownApp)
    }

    /// The time of now, if the app's token has signed about now.
    fn signed(
        &self,
        app: &PushApp,
        query: PushQuery<'_>,
        ciphertext: Option<&str>,
    ) -> Result<Timestamp, PushError> {
        let stamp = PushStamp::parse(query.timestamp, query.nonce)?;
        let signature = match ciphertext {
            Some(_) => query.message_signature,
            None => query.signature,
        };
        let crypto = &self.parts.crypto;
        let now = self.parts.clock.now();
        let holds = crypto.push_signature_matches(&app.token, &stamp, ciphertext, signature);
        if holds && stamp.is_fresh(now) { Ok(now) } else { Err(PushError::Refused) }
    }

    /// The event of an encrypted push that is WeChat's, of now and for this app; none of one in plain
    /// mode.
    fn opened(
        &self,
        app: &PushApp,
        query: PushQuery<'_>,
        body: &[u8],
    ) -> Result<Option<PushEvent>, PushError> {
        let reader = &self.parts.reader;
        let ciphertext = match Push::read(&reader.read(body)?)? {
            Push::Encrypted(ciphertext) => ciphertext,
            Push::Event(_) => {
                self.signed(app, query, None)?;
                return Ok(None);
            }
        };
        let now = self.signed(app, query, Some(&ciphertext))?;
        let key = app.key.as_ref().ok_or(PushError::Refused)?;
        let opened = self.parts.crypto.decrypt_push(key, &ciphertext)?;
        let Push::Event(event) = Push::read(&reader.read(&opened.message)?)? else {
            return Err(PushError::Refused);
        };
        let ours = opened.app_id == app.id && event.app_id.as_ref().is_none_or(|id| *id == app.id);
        // The signature is of sorted parts, so a nonce of ten digits can pass for the timestamp.
        let at = event.created_at;
        let fresh = now.since(at) <= PushStamp::FRESH && at.since(now) <= PushStamp::FRESH;
        if ours && fresh { Ok(Some(event)) } else { Err(PushError::Refused) }
    }

    /// What it is called is not logged: anybody can write that.
    fn left(counter: &AtomicU64, app: &PushApp, why: &'static str) {
        counter.fetch_add(1, Ordering::Relaxed);
        tracing::debug!(app = %app.id, why, "a push was acknowledged and left");
    }

    /// Remembered when it is done, so that whatever cuts it off leaves it to WeChat's repetition.
    async fn carry_out(&self, order: Order, tag: KeyedTag) -> Result<(), PushError> {
        if self.parts.pushes.is_remembered(tag).await? {
            self.repeated.fetch_add(1, Ordering::Relaxed);
            tracing::debug!(app = %order.identity.app_id, "a push came again");
            return Ok(());
        }
        self.act(order).await?;
        Ok(self.parts.pushes.remember(tag, self.parts.clock.now()).await?)
    }

    async fn act(&self, Order { identity, deed, .. }: Order) -> Result<(), StoreError> {
        let accounts = &self.parts.accounts;
        let find = || accounts.find_by_identity(&identity);
        // Who has never signed in here, or has erased the account, has nothing to lose.
        let Some(mut user) = find().await? else { return Ok(()) };
        match deed {
            Deed::Clear { nickname, avatar_url, phone, action } => loop {
                let event = self.event(action, &user);
                let user_id = user.id;
                let clearing = Clearing { user_id, nickname, avatar_url, phone, event };
                accounts.clear(clearing).await?;
                // Whoever has been merged meanwhile is another user, with the same data.
                match find().await? {
                    Some(found) if found.id != user_id => user = found,
                    Some(_) | None => break,
                }
            },
            Deed::Erase => {
                let event = self.event(AuditAction::IdentityErased, &user);
                let tokens_until = self.parts.access.all_expired_by(event.at);
                accounts.erase_identity(IdentityErasure { identity, tokens_until, event }).await?;
                self.parts.revocations.see_at_once().await;
            }
        }
        Ok(())
    }

    fn event(&self, action: AuditAction, user: &User) -> AuditEvent {
        let now = self.parts.clock.now();
        AuditEvent::new(action, user.id, now, self.parts.randomness.as_ref())
    }
}
