use aws_lc_rs::cipher::{Algorithm, DecryptingKey, DecryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use zeroize::Zeroizing;

/// Decrypts AES-CBC and removes the padding to multiples of `block` bytes (PKCS #7, RFC 5652, section
/// 6.3). Returns `None` for every failure.
pub(super) fn decrypt(
    algorithm: &'static Algorithm,
    key: &[u8],
    iv: [u8; 16],
    ciphertext: &[u8],
    block: usize,
) -> Option<Zeroizing<Vec<u8>>> {
    if !ciphertext.len().is_multiple_of(block) {
        return None;
    }
    let key = DecryptingKey::cbc(UnboundCipherKey::new(algorithm, key).ok()?).ok()?;
    let mut text = Zeroizing::new(ciphertext.to_vec());
    key.decrypt(&mut text, DecryptionContext::Iv128(FixedLength::from(iv))).ok()?;
    let len = without_padding(&text, block)?;
    text.truncate(len);
    Some(text)
}

/// Returns the length of the text without its padding, if the padding is valid. All of the padding is
/// compared, so that the time does not depend on the first wrong byte.
fn without_padding(text: &[u8], block: usize) -> Option<usize> {
    let last = *text.last()?;
    let padding = usize::from(last);
    let len = text.len().checked_sub(padding)?;
    let difference = text[len..].iter().fold(0, |difference, byte| difference | (byte ^ last));
    ((1..=block).contains(&padding) && difference == 0).then_some(len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_of_the_padding_is_its_length() {
        let padded = |text: usize, padding: u8| {
            let mut bytes = vec![b'x'; text];
            bytes.resize(text + usize::from(padding), padding);
            bytes
        };
        for (block, padding) in [(16, 1), (16, 16), (32, 17), (32, 32)] {
            let text = 2 * block - usize::from(padding);
            let mut bytes = padded(text, padding);
            assert_eq!(without_padding(&bytes, block), Some(text));
            bytes[text] ^= 1;
            assert_eq!(without_padding(&bytes, block), None, "{padding}");
        }
        for (bytes, block) in [
            (vec![], 16),
            (vec![0; 16], 16),
            (padded(15, 17), 16),
            (padded(31, 33), 32),
            (vec![16; 15], 16),
            (vec![255; 32], 32),
        ] {
            assert_eq!(without_padding(&bytes, block), None, "{bytes:?}");
        }
    }
}
