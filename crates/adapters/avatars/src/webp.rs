//! Reads the sizes in a WebP file (RFC 9649) before it is decoded, because the decoder allocates memory
//! for whatever size the canvas and each chunk name.

/// Returns every size in the file, or `None` if a chunk is truncated or the file is an animation.
pub(crate) fn sizes(file: &[u8]) -> Option<Vec<(u32, u32)>> {
    let length = usize::try_from(little_endian(file.get(4..8)?)).ok()?;
    let mut rest = file.get(12..file.len().min(length.checked_add(8)?))?;
    let mut sizes = Vec::new();
    while rest.len() >= 8 {
        let (head, chunks) = rest.split_at(8);
        let length = usize::try_from(little_endian(&head[4..])).ok()?;
        let data = chunks.get(..length)?;
        match &head[..4] {
            b"VP8X" => sizes.push(canvas(data)?),
            b"VP8 " => sizes.push(lossy(data)?),
            b"VP8L" => sizes.push(lossless(data)?),
            b"ANIM" | b"ANMF" => return None,
            _ => {}
        }
        // Chunks are padded to an even length; the last one may lack the padding.
        rest = chunks.get(length.next_multiple_of(2)..).unwrap_or_default();
    }
    Some(sizes)
}

fn canvas(data: &[u8]) -> Option<(u32, u32)> {
    Some((little_endian(data.get(4..7)?) + 1, little_endian(data.get(7..10)?) + 1))
}

/// The size follows the 3 bytes of the frame tag and the 3 bytes of the start code.
fn lossy(data: &[u8]) -> Option<(u32, u32)> {
    let side = |bytes| little_endian(bytes) & 0x3fff;
    Some((side(data.get(6..8)?), side(data.get(8..10)?)))
}

/// The size follows the signature: 14 bits each, minus one.
fn lossless(data: &[u8]) -> Option<(u32, u32)> {
    let bits = little_endian(data.get(1..5)?);
    Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
}

fn little_endian(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte))
}
