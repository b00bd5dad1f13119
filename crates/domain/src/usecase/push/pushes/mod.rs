//! Receives WeChat's push messages and acts on them.

mod effect;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use self::effect::{Effect, Request};
use crate::model::{AuditAction, Malformed, Push, PushEvent, PushStamp, Timestamp, VisibleApps};
use crate::ports::{CannotDecrypt, Clearing, IdentityErasure, KeyedTag, StoreError, TagPurpose};
use crate::usecase::context::Context;
pub use crate::usecase::push::app::PushApp;
use crate::usecase::support::single_flight::SingleFlight;

/// The query parameters of a push.
#[derive(Clone, Copy)]
pub struct PushQuery<'a> {
    /// When it was sent, in seconds.
    pub timestamp: &'a str,
    /// The nonce.
    pub nonce: &'a str,
    /// The signature over token, timestamp and nonce.
    pub signature: &'a str,
    /// In safe mode, the signature that covers the ciphertext as well.
    pub message_signature: &'a str,
}

// For five minutes a signature is worth as much as the token.
impl fmt::Debug for PushQuery<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PushQuery(…)")
    }
}

/// Why a push was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// The app is unknown or has no push settings.
    #[error("push messages are not configured for this app")]
    UnknownApp,
    /// The push is forged, expired, for another app or malformed. The sender is not told which.
    #[error("the push message is invalid or has expired")]
    Refused,
    /// The database failed. WeChat will send the push again.
    #[error("cannot act on the push message")]
    Store(#[from] StoreError),
    /// A bug in wxlogin.
    #[error("internal error")]
    Internal,
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

/// How many pushes this instance has acknowledged without acting on them.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct PushesLeft {
    /// Pushes in plain mode, whose signature does not cover the message.
    pub plain: u64,
    /// Pushes that need nothing done, or that name no user.
    pub other: u64,
    /// Pushes that had been acted on before.
    pub repeated: u64,
}

/// Receives WeChat's push messages and acts on them.
///
/// Only encrypted pushes are acted on. In plain mode the signature covers timestamp and nonce only,
/// so whoever has seen one push can sign any message.
pub struct Pushes {
    shared: Arc<Shared>,
    runs: SingleFlight<KeyedTag, Result<(), PushError>>,
}

struct Shared {
    context: Arc<Context>,
    plain: AtomicU64,
    other: AtomicU64,
    repeated: AtomicU64,
}

impl Pushes {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        let (plain, other, repeated) = Default::default();
        let shared = Arc::new(Shared { context, plain, other, repeated });
        Self { shared, runs: SingleFlight::new() }
    }

    /// Checks the request by which WeChat's console verifies the URL.
    pub fn verify(&self, app_id: &str, query: PushQuery<'_>) -> Result<(), PushError> {
        let app = self.shared.app(app_id)?;
        self.shared.check_signature(app, query, None).map(drop)
    }

    /// Receives a push and acts on it. A repetition of a finished push is only acknowledged; a
    /// repetition of a running one shares its result. Acting on a push continues if WeChat hangs
    /// up.
    pub async fn receive(
        &self,
        app_id: &str,
        query: PushQuery<'_>,
        body: &[u8],
    ) -> Result<(), PushError> {
        let shared = self.shared.clone();
        let app = self.shared.app(app_id)?;
        let Some(event) = shared.open(app, query, body)? else {
            count(&shared.plain, app, "it is not encrypted");
            return Ok(());
        };
        let Some(request) = Request::of(event, &app.id) else {
            count(&shared.other, app, "it needs nothing done");
            return Ok(());
        };
        let sealer = shared.context.sealer();
        let tag = sealer.tag(TagPurpose::Push, &request.content);
        let previous = sealer.previous_tags(TagPurpose::Push, &request.content);
        let work = || async move { shared.act_once(request, tag, previous).await };
        self.runs.run(tag, work).await.unwrap_or(Err(PushError::Internal))
    }

    /// Waits until no push is being acted on, including those for which WeChat no longer waits.
    pub async fn idle(&self) {
        self.runs.idle().await;
    }

    /// Returns how many pushes were acknowledged without acting on them.
    #[must_use]
    pub fn left(&self) -> PushesLeft {
        PushesLeft {
            plain: self.shared.plain.load(Ordering::Relaxed),
            other: self.shared.other.load(Ordering::Relaxed),
            repeated: self.shared.repeated.load(Ordering::Relaxed),
        }
    }
}

/// Counts a push that is not acted on. The event's name is not logged, because anybody can choose
/// it.
fn count(counter: &AtomicU64, app: &PushApp, why: &'static str) {
    counter.fetch_add(1, Ordering::Relaxed);
    tracing::debug!(app_id = %app.id, why, "a push was acknowledged and not acted on");
}

impl Shared {
    fn app(&self, app_id: &str) -> Result<&PushApp, PushError> {
        let app = self.context.policies.pushes.iter().find(|app| app.id.as_str() == app_id);
        app.ok_or(PushError::UnknownApp)
    }

    /// Checks that the push was signed with the app's token within the last minutes, and returns
    /// the current time.
    fn check_signature(
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
        let now = self.context.now();
        let crypto = &self.context.ports.crypto;
        let matches = crypto.push_signature_matches(&app.token, &stamp, ciphertext, signature);
        if matches && stamp.is_fresh(now) { Ok(now) } else { Err(PushError::Refused) }
    }

    /// Checks and decrypts a push, and returns its event; `None` in plain mode.
    fn open(
        &self,
        app: &PushApp,
        query: PushQuery<'_>,
        body: &[u8],
    ) -> Result<Option<PushEvent>, PushError> {
        let reader = &self.context.ports.push_reader;
        let ciphertext = match Push::read(&reader.read(body)?)? {
            Push::Encrypted(ciphertext) => ciphertext,
            Push::Event(_) => {
                self.check_signature(app, query, None)?;
                return Ok(None);
            }
        };
        let now = self.check_signature(app, query, Some(&ciphertext))?;
        let key = app.key.as_ref().ok_or(PushError::Refused)?;
        let opened = self.context.ports.crypto.decrypt_push(key, &ciphertext)?;
        let Push::Event(event) = Push::read(&reader.read(&opened.message)?)? else {
            return Err(PushError::Refused);
        };
        let ours = opened.app_id == app.id && event.app_id.as_ref().is_none_or(|id| *id == app.id);
        // The signature covers its parts in sorted order, so a nonce of ten digits can be swapped
        // with the timestamp. The event's own time cannot.
        let at = event.created_at;
        let fresh = now.since(at) <= PushStamp::FRESH && at.since(now) <= PushStamp::FRESH;
        if ours && fresh { Ok(Some(event)) } else { Err(PushError::Refused) }
    }

    /// Acts on a push unless that was done before. It is remembered afterwards, so that WeChat's
    /// repetition completes what was interrupted.
    async fn act_once(
        &self,
        request: Request,
        tag: KeyedTag,
        previous: Vec<KeyedTag>,
    ) -> Result<(), PushError> {
        let pushes = &self.context.ports.stores.pushes;
        for tag in std::iter::once(tag).chain(previous) {
            if pushes.is_remembered(tag).await? {
                self.repeated.fetch_add(1, Ordering::Relaxed);
                tracing::debug!(app_id = %request.identity.app_id, "a push was repeated");
                return Ok(());
            }
        }
        self.act(request).await?;
        Ok(pushes.remember(tag, self.context.now()).await?)
    }

    async fn act(&self, Request { identity, effect, .. }: Request) -> Result<(), StoreError> {
        let accounts = self.context.accounts();
        let app_id = || Some(identity.app_id.clone());
        let find = || accounts.find_by_identity(&identity);
        // Nothing to do for somebody without an account.
        let Some(mut user) = find().await? else { return Ok(()) };
        match effect {
            Effect::Clear { nickname, avatar_url, phone, action } => loop {
                let user_id = user.id;
                let event = self.context.audit_event(action, user_id);
                let (event, apps) = (event.in_app(app_id()), VisibleApps::All);
                let clearing = Clearing { user_id, apps, nickname, avatar_url, phone, event };
                accounts.clear(clearing).await?;
                // A user who was merged meanwhile has the same data in another account.
                match find().await? {
                    Some(found) if found.id != user_id => user = found,
                    Some(_) | None => break,
                }
            },
            Effect::Erase => {
                let event = self.context.audit_event(AuditAction::IdentityErased, user.id);
                let event = event.in_app(app_id());
                let tokens_until = self.context.tokens_until();
                accounts.erase_identity(IdentityErasure { identity, tokens_until, event }).await?;
                self.context.revocations.catch_up_now().await;
            }
        }
        Ok(())
    }
}
