//! Key derivation, sealing, token signing and WeChat's own cryptography, on AWS-LC.
//!
//! [`MasterKeySealer`] encrypts with keys that it derives from the [`MasterKey`]. [`JwtSigner`] signs with
//! the signing keys that it is given and does not use the master key. [`WechatCryptography`] decrypts and
//! verifies data from WeChat.

mod jwt;
mod master_key;
mod sealer;
mod wechat;

pub use jwt::JwtSigner;
pub use master_key::MasterKey;
pub use sealer::MasterKeySealer;
pub use wechat::WechatCryptography;
