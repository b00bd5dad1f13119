//! Message push: events that `WeChat` sends to a mini-program's server.
//!
//! Source: <https://developers.weixin.qq.com/minigame/dev/guide/base-ability/message-push.html>.

mod delivery;
mod envelope;
mod message;

pub(crate) use delivery::{Delivery, Received, loopback_url};
pub(crate) use envelope::{Mode, address, seal};
pub(crate) use message::{Event, Format};
