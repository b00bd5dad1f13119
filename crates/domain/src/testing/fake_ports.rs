use std::sync::Arc;
use std::time::Duration;

use crate::model::{App, AppId, Apps, Secret, SignUp};
use crate::ports::Stores;
use crate::testing::fake_avatars::{FakePictureConverter, MemoryAvatars};
use crate::testing::fake_push_reader::FakePushReader;
use crate::testing::fake_wechat::FakeWechat;
use crate::testing::fake_wechat_crypto::FakeWechatCrypto;
use crate::testing::fakes::{FakeSealer, FakeSigner, ManualClock, NoLimit, SequenceRandomness};
use crate::usecase::tokens::access_tokens::TokenPolicy;
use crate::usecase::tokens::refresh_tokens::SessionPolicy;
use crate::usecase::tokens::signing_keys::KeyPolicy;
use crate::usecase::{Policies, Ports};

/// Fakes of every port around these stores.
#[must_use]
pub fn fake_ports(stores: Stores, clock: Arc<ManualClock>, signer: Arc<FakeSigner>) -> Ports {
    Ports {
        stores,
        signer,
        sealer: Arc::new(FakeSealer),
        crypto: Arc::new(FakeWechatCrypto),
        push_reader: Arc::new(FakePushReader),
        avatars: Some(Arc::new(MemoryAvatars::new(clock.clone()))),
        pictures: Arc::new(FakePictureConverter),
        wechat: Arc::new(FakeWechat::default()),
        failures: Arc::new(NoLimit),
        credential_failures: Arc::new(NoLimit),
        calls: Arc::new(NoLimit),
        clock,
        randomness: Arc::new(SequenceRandomness::default()),
    }
}

/// The policies of a deployment with these apps at this URL.
#[must_use]
pub fn fake_policies(apps: Vec<AppId>, issuer: &str) -> Policies {
    let app = |id| App {
        id,
        secret: Secret::new("app secret"),
        second_secret: None,
        encrypted_phone: true,
        sign_up: SignUp::Open,
    };
    let tokens = TokenPolicy {
        issuer: issuer.into(),
        audience: None,
        lifetime: Duration::from_mins(15),
        original_lifetime: Duration::from_hours(168),
    };
    Policies {
        apps: Apps::new(apps.into_iter().map(app).collect()),
        pushes: Vec::new(),
        keys: KeyPolicy {
            jwks_max_age: Duration::from_mins(2),
            rotate_after: Duration::from_hours(24 * 90),
            longest_token: tokens.longest(),
        },
        tokens,
        sessions: SessionPolicy {
            lifetime: Duration::from_hours(24),
            idle: Duration::from_hours(1),
            max_per_user: 10,
        },
        erasure_grace: Duration::ZERO,
        longest_avatar: 1000,
    }
}
