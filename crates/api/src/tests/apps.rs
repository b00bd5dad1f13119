//! The mini-programs of the tests.

use wxlogin_domain::model::{AppId, EncodingAesKey, Secret};
use wxlogin_domain::usecase::push::pushes::PushApp;

pub(super) const APP: &str = "wxdev0000000000001";
pub(super) const OTHER_APP: &str = "wxdev0000000000002";

/// The app that sends its push messages to this service.
pub(super) fn push_app() -> PushApp {
    PushApp { id: AppId::parse(APP).unwrap(), token: push_token(), key: Some(push_key()) }
}

pub(super) fn push_token() -> Secret {
    Secret::new("push token")
}

pub(super) fn push_key() -> EncodingAesKey {
    EncodingAesKey::parse(&"A".repeat(43)).unwrap()
}
