//! Replaces a user's session key at WeChat, for an operator.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::model::{ApiClient, AppId, IdentityKey, UserId};
use crate::ports::{
    CryptoFault, ResetSessionKeyError, SessionKeyReplacement, StoreError, WechatFault,
};
use crate::usecase::context::Context;
use crate::usecase::support::single_flight::SingleFlight;
use crate::usecase::wechat::access_tokens::token_rejected;
use crate::usecase::wechat::session_key_sealing::{open_session_key, seal_session_key};

/// Why the session key was not replaced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResetError {
    /// There is no such user in the app, or the client has no access to the app.
    #[error("no such user in this app")]
    NotFound,
    /// There is no session key, or WeChat has another one. The user's next login brings it.
    #[error("the session key is not valid any more")]
    SessionKeyStale,
    /// WeChat did not replace the key.
    #[error(transparent)]
    Wechat(#[from] WechatFault),
    /// The database failed. If WeChat had already replaced the key, the stored one is invalid.
    #[error("cannot read or replace the session key")]
    Store(#[from] StoreError),
    /// A bug in wxlogin.
    #[error("internal error")]
    Internal,
}

impl From<CryptoFault> for ResetError {
    fn from(fault: CryptoFault) -> Self {
        tracing::error!(%fault, "cannot encrypt a new session key");
        Self::Internal
    }
}

impl From<ResetSessionKeyError> for ResetError {
    fn from(error: ResetSessionKeyError) -> Self {
        match error {
            ResetSessionKeyError::KeyInvalid(_) => Self::SessionKeyStale,
            ResetSessionKeyError::TokenRejected(reply) => Self::Wechat(token_rejected(reply)),
            ResetSessionKeyError::Fault(fault) => Self::Wechat(fault),
        }
    }
}

/// Has WeChat replace a session key that may be stolen. The old key cannot decrypt or sign anything
/// from then on.
///
/// A started reset finishes even if the caller hangs up, so that WeChat's new key is not lost.
pub struct SessionKeyReset {
    context: Arc<Context>,
    runs: SingleFlight<IdentityKey, Result<(), ResetError>>,
}

impl SessionKeyReset {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context, runs: SingleFlight::new() }
    }

    /// Replaces the session keys of the user's identities in the app.
    pub async fn reset(
        &self,
        client: &ApiClient,
        user_id: UserId,
        app_id: &AppId,
    ) -> Result<(), ResetError> {
        let user = self.context.accounts().find_user(user_id).await?.ok_or(ResetError::NotFound)?;
        let identities = self.context.accounts().identities(user.id).await?;
        let keys = identities.into_iter().map(|identity| identity.key);
        let keys = keys.filter(|key| key.app_id == *app_id && client.may_for(app_id));
        let mut result = Err(ResetError::NotFound);
        for identity in keys {
            let (context, key) = (self.context.clone(), identity.clone());
            let run = self.runs.run(identity, || async move { reset(&context, &key).await });
            let done = run.await.unwrap_or(Err(ResetError::Internal));
            // One that fails does not keep the others from being reset.
            if matches!(result, Err(ResetError::NotFound) | Ok(())) {
                result = done;
            }
        }
        result
    }

    /// Waits until no key is being replaced, including those whose caller has hung up.
    pub async fn idle(&self) {
        self.runs.idle().await;
    }
}

async fn reset(context: &Context, identity: &IdentityKey) -> Result<(), ResetError> {
    let IdentityKey { app_id, open_id } = identity;
    // Before WeChat is asked: a login that comes after this has a newer key.
    let now = context.now();
    let stored = context.session_keys().find_session_keys(identity).await?;
    let stored = stored.ok_or(ResetError::SessionKeyStale)?.current;
    let key = &open_session_key(context.sealer(), identity, &stored.sealed).map_err(|error| {
        tracing::error!(%error, "cannot decrypt a session key");
        ResetError::SessionKeyStale
    })?;
    let ask = |token| async move {
        context.wechat().reset_session_key(app_id, &token, open_id, key).await
    };
    let new = context.wechat_access_tokens.with_token(app_id, ask).await?;
    let new = seal_session_key(context.sealer(), identity, &new)?;
    let replace = |replaces| {
        let (identity, key) = (identity.clone(), new.clone());
        context.session_keys().replace_session_key(SessionKeyReplacement {
            identity,
            replaces,
            key,
            now,
        })
    };
    // Does nothing if the user has signed in meanwhile, which brought a newer key. After a rotation of the
    // master key, the same key can have got its new tag meanwhile.
    if !replace(stored.tag).await? {
        let retagged = seal_session_key(context.sealer(), identity, key)?.tag;
        replace(retagged).await?;
    }
    tracing::info!(%app_id, "a session key was replaced");
    Ok(())
}
