//! Tests that each costly call is limited by user and app.

use std::sync::Arc;

use crate::model::{RefreshToken, SessionKey};
use crate::ports::{FieldChange, RetryAfter};
use crate::testing::FakeLimiter;
use crate::usecase::harness::{Harness, address};
use crate::usecase::profile::account::AccountError;
use crate::usecase::profile::avatars::AvatarError;
use crate::usecase::profile::phone::binding::{PhoneCodeClaim, PhoneError};
use crate::usecase::profile::phone::encrypted::EncryptedPhoneError;
use crate::usecase::tokens::refresh::RefreshError;
use crate::usecase::wechat::session::WechatSessionError;

const PERMITS: usize = 3;

/// One kind of call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    PhoneCode,
    EncryptedPhone,
    CheckSessionKey,
    Decrypt,
    Verify,
    Upload,
    ChangeProfile,
    Refresh,
}

impl Call {
    /// Makes a call that differs from the ones before. Returns whether it was limited.
    async fn is_limited(
        self,
        harness: &Harness,
        access: &str,
        refresh: &mut RefreshToken,
        number: usize,
    ) -> bool {
        match self {
            Self::PhoneCode => {
                let code = PhoneCodeClaim(format!("made-up{number}"));
                let limited = PhoneError::TooMany(RetryAfter(FakeLimiter::WAIT));
                harness.phones.bind(access, &code).await == Err(limited)
            }
            Self::EncryptedPhone => {
                let bound = harness.encrypted_phones.bind(access, "AAAA", "AAAA").await;
                matches!(bound, Err(EncryptedPhoneError::TooMany(_)))
            }
            Self::CheckSessionKey => {
                let checked = harness.wechat_session.check_session_key(access).await;
                matches!(checked, Err(WechatSessionError::TooMany(_)))
            }
            Self::Decrypt => {
                let opened = harness.wechat_session.decrypt(access, "AAAA", "AAAA").await;
                matches!(opened, Err(WechatSessionError::TooMany(_)))
            }
            Self::Verify => {
                let verified = harness.wechat_session.verify(access, "{}", "").await;
                matches!(verified, Err(WechatSessionError::TooMany(_)))
            }
            Self::Upload => {
                let admitted = harness.avatars.admit(access).await;
                matches!(admitted, Err(AvatarError::TooMany(_)))
            }
            Self::ChangeProfile => {
                let nickname = format!("name{number}");
                let nickname = FieldChange::Set(nickname.as_str());
                let changed =
                    harness.account.change_profile(access, nickname, FieldChange::Keep).await;
                matches!(changed, Err(AccountError::TooMany(_)))
            }
            Self::Refresh => match harness.refresh.refresh(refresh, address()).await {
                Ok(new) => {
                    *refresh = new.refresh.token;
                    false
                }
                Err(error) => matches!(error, RefreshError::TooMany(_)),
            },
        }
    }
}

#[tokio::test]
async fn costly_calls_are_limited_by_user_and_not_by_address() {
    use Call::{
        ChangeProfile, CheckSessionKey, Decrypt, EncryptedPhone, PhoneCode, Refresh, Upload, Verify,
    };
    let key = SessionKey::parse("tiihtNczf5v6AKRyjwEUhQ==").unwrap();
    for call in [
        PhoneCode,
        EncryptedPhone,
        CheckSessionKey,
        Decrypt,
        Verify,
        Upload,
        ChangeProfile,
        Refresh,
    ] {
        let harness =
            Harness::with(|ports, _| ports.calls = Arc::new(FakeLimiter::new(PERMITS))).await;
        // They all have the same address.
        for person in 0..20 {
            let open_id = format!("o{person}");
            let (.., access, mut refresh) = harness.sign_in(&open_id).await;
            harness.replace_key(&open_id, &key).await;
            for number in 0..=PERMITS {
                let limited = call.is_limited(&harness, &access, &mut refresh, number).await;
                assert_eq!(limited, number == PERMITS, "{call:?} {number} of {open_id}");
            }
        }
    }
}
