//! Key derivation, sealing, token signing and WeChat's own cryptography, on AWS-LC.
//!
//! [`MasterKeySealer`] derives everything it needs from the one [`MasterKey`]; [`JwtSigner`] works
//! with signing keys that it is handed and knows nothing of the master key. [`WechatCryptography`]
//! opens and checks what WeChat has encrypted and signed.

mod jwt;
mod master_key;
mod sealer;
mod wechat;

pub use jwt::JwtSigner;
pub use master_key::MasterKey;
pub use sealer::MasterKeySealer;
pub use wechat::WechatCryptography;
