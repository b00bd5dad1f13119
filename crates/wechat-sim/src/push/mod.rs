//! Message push: events that `WeChat` sends to a mini-program's server.
//!
//! Source: <https://developers.weixin.qq.com/minigame/dev/guide/base-ability/message-push.html>.

pub(crate) mod delivery;
pub(crate) mod event;
pub(crate) mod signature;
