use std::sync::Arc;

use crate::usecase::admin::api_clients::ApiClients;
use crate::usecase::admin::merge::Merging;
use crate::usecase::admin::users::Administration;
use crate::usecase::context::{Context, Policies, Ports};
use crate::usecase::operations::housekeeping::Housekeeping;
use crate::usecase::operations::readiness::Readiness;
use crate::usecase::profile::account::Account;
use crate::usecase::profile::avatars::{AvatarSweep, Avatars};
use crate::usecase::profile::phone::binding::Phones;
use crate::usecase::profile::phone::encrypted::EncryptedPhones;
use crate::usecase::push::pushes::Pushes;
use crate::usecase::sign_in::log_in::LogIn;
use crate::usecase::tokens::introspection::Introspection;
use crate::usecase::tokens::refresh::Refresh;
use crate::usecase::tokens::revocations::Revocations;
use crate::usecase::tokens::sessions::Sessions;
use crate::usecase::tokens::signing_keys::SigningKeys;
use crate::usecase::wechat::access_tokens::WechatAccessTokens;
use crate::usecase::wechat::session::WechatSession;
use crate::usecase::wechat::session_key_reset::SessionKeyReset;

/// Every use case of one instance.
#[derive(Clone)]
pub struct UseCases {
    /// Signs users in.
    pub log_in: Arc<LogIn>,
    /// Rotates refresh tokens.
    pub refresh: Arc<Refresh>,
    /// Lists and ends sessions.
    pub sessions: Arc<Sessions>,
    /// Shows, changes and erases the caller's account.
    pub account: Arc<Account>,
    /// Stores and serves avatars.
    pub avatars: Arc<Avatars>,
    /// Binds phone numbers by phone code, and shows them.
    pub phones: Arc<Phones>,
    /// Binds phone numbers that pages send encrypted.
    pub encrypted_phones: Arc<EncryptedPhones>,
    /// Decrypts and verifies WeChat's open data.
    pub wechat_session: Arc<WechatSession>,
    /// Verifies and revokes tokens for back ends.
    pub introspection: Arc<Introspection>,
    /// Authenticates API clients.
    pub clients: Arc<ApiClients>,
    /// Shows and changes users for operators.
    pub administration: Arc<Administration>,
    /// Replaces WeChat's session keys.
    pub session_key_reset: Arc<SessionKeyReset>,
    /// Merges two users into one.
    pub merging: Arc<Merging>,
    /// Caches WeChat's access tokens.
    pub wechat_access_tokens: Arc<WechatAccessTokens>,
    /// Acts on WeChat's push messages.
    pub pushes: Arc<Pushes>,
    /// Manages the signing keys.
    pub keys: Arc<SigningKeys>,
    /// Knows which access tokens are revoked.
    pub revocations: Arc<Revocations>,
    /// Knows whether the instance is ready.
    pub readiness: Arc<Readiness>,
    /// Deletes expired rows.
    pub housekeeping: Arc<Housekeeping>,
    /// Deletes unused avatars; `None` where uploads are disabled.
    pub avatar_sweep: Option<Arc<AvatarSweep>>,
}

impl UseCases {
    /// Builds every use case. The executable and all tests do it here.
    #[must_use]
    pub fn new(ports: Ports, policies: Policies) -> Self {
        Self::of(&Arc::new(Context::new(ports, policies)))
    }

    pub(super) fn of(shared: &Arc<Context>) -> Self {
        let context = || Arc::clone(shared);
        let sessions = Arc::new(Sessions::new(context()));
        let phones = Arc::new(Phones::new(context()));
        let wechat_session = Arc::new(WechatSession::new(context()));
        let stores = &shared.ports.stores;
        let avatars = shared.ports.avatars.clone();
        Self {
            log_in: Arc::new(LogIn::new(context(), phones.clone())),
            refresh: Arc::new(Refresh::new(context())),
            account: Arc::new(Account::new(context())),
            avatars: Arc::new(Avatars::new(context())),
            encrypted_phones: Arc::new(EncryptedPhones::new(
                context(),
                wechat_session.clone(),
                phones.clone(),
            )),
            introspection: Arc::new(Introspection::new(context(), sessions.clone())),
            clients: Arc::new(ApiClients::new(
                stores.clients.clone(),
                shared.ports.clock.clone(),
                shared.ports.randomness.clone(),
                shared.ports.credential_failures.clone(),
            )),
            administration: Arc::new(Administration::new(context())),
            session_key_reset: Arc::new(SessionKeyReset::new(context())),
            merging: Arc::new(Merging::new(context())),
            pushes: Arc::new(Pushes::new(context())),
            housekeeping: Arc::new(Housekeeping::new(context())),
            avatar_sweep: avatars.map(|avatars| Arc::new(AvatarSweep::new(context(), avatars))),
            sessions,
            phones,
            wechat_session,
            wechat_access_tokens: shared.wechat_access_tokens.clone(),
            keys: shared.signing_keys.clone(),
            revocations: shared.revocations.clone(),
            readiness: shared.readiness.clone(),
        }
    }
}
