use std::fmt::Write;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest;

/// Returns the SHA-1 of the concatenated parts in hexadecimal. WeChat signs with nothing else.
pub(super) fn sha1<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY);
    for part in parts {
        hash.update(part.as_bytes());
    }
    hex(hash.finish().as_ref())
}

/// Compares two signatures in constant time.
pub(super) fn is_equal(signature: &str, expected: &str) -> bool {
    verify_slices_are_equal(signature.as_bytes(), expected.as_bytes()).is_ok()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
