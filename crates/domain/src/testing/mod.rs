//! Stateful fakes of the ports, and the contract suites for stores, avatar stores and token signers.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "test code panics if an expectation fails"
)]

pub(crate) mod account_rows;
pub mod avatar_contract;
pub mod contract;
mod fake_avatars;
mod fake_limiter;
mod fake_ports;
mod fake_push_reader;
mod fake_wechat;
mod fake_wechat_crypto;
mod fakes;
mod memory;
pub mod signer_contract;

pub use fake_avatars::{FakePictureConverter, MemoryAvatars};
pub use fake_limiter::FakeLimiter;
pub use fake_ports::{fake_policies, fake_ports};
pub use fake_push_reader::FakePushReader;
pub use fake_wechat::{FakeWechat, Gate};
pub use fake_wechat_crypto::FakeWechatCrypto;
pub use fakes::{FakeMasterKeys, FakeSealer, FakeSigner, ManualClock, NoLimit, SequenceRandomness};
pub use memory::MemoryStore;
