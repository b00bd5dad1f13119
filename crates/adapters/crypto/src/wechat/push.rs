use aws_lc_rs::cipher::AES_256;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use wxlogin_domain::model::{AppId, EncodingAesKey};
use wxlogin_domain::ports::DecryptedPush;
use zeroize::Zeroizing;

use super::cbc;

/// Number of random bytes at the start.
const RANDOM_LEN: usize = 16;

/// WeChat pads to the length of the key, not to AES's block.
const BLOCK: usize = 32;

/// Decrypts a push message. Returns `None` for every failure, so that no caller learns at which step.
///
/// ```text
/// plaintext = random (16 bytes) ‖ length of the message (4, big-endian) ‖ message ‖ app id
/// ```
pub(super) fn decrypt(key: &EncodingAesKey, ciphertext: &str) -> Option<DecryptedPush> {
    let ciphertext = BASE64_STANDARD.decode(ciphertext).ok()?;
    let (iv, _) = key.expose().split_first_chunk()?;
    let text = cbc::decrypt(&AES_256, key.expose(), *iv, &ciphertext, BLOCK)?;
    let (len, rest) = text.get(RANDOM_LEN..)?.split_first_chunk()?;
    let len = usize::try_from(u32::from_be_bytes(*len)).ok()?;
    let (message, app_id) = rest.split_at_checked(len)?;
    let app_id = AppId::parse(std::str::from_utf8(app_id).ok()?).ok()?;
    Some(DecryptedPush { message: Zeroizing::new(message.to_vec()), app_id })
}
