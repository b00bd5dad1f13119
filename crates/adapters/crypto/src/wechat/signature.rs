use std::fmt::Write;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest;

/// SHA-1 of the parts one after the other, in hexadecimal. WeChat has no other.
pub(super) fn sha1<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY);
    for part in parts {
        hash.update(part.as_bytes());
    }
    hex(hash.finish().as_ref())
}

/// Whether they are equal; it takes equally long wherever they differ.
pub(super) fn is(signature: &str, right: &str) -> bool {
    verify_slices_are_equal(signature.as_bytes(), right.as_bytes()).is_ok()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a text does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
