//! Reads the sizes in a WebP file (RFC 9649) before it is decoded, because the decoder allocates memory
//! for whatever size the canvas and each chunk name.

use wxlogin_domain::ports::PictureError;

/// Returns every size in the file. Fails if a chunk is truncated or the file is an animation.
pub(crate) fn sizes(file: &[u8]) -> Result<Vec<(u32, u32)>, PictureError> {
    let mut rest = chunks(file).ok_or(PictureError::NotAPicture)?;
    let mut sizes = Vec::new();
    while rest.len() >= 8 {
        let (name, data, others) = next_chunk(rest).ok_or(PictureError::NotAPicture)?;
        let size = match name {
            b"VP8X" => canvas(data),
            b"VP8 " => lossy(data),
            b"VP8L" => lossless(data),
            b"ANIM" | b"ANMF" => return Err(PictureError::Animated),
            _ => {
                rest = others;
                continue;
            }
        };
        sizes.push(size.ok_or(PictureError::NotAPicture)?);
        rest = others;
    }
    Ok(sizes)
}

/// Returns the chunks of the file without its header.
fn chunks(file: &[u8]) -> Option<&[u8]> {
    let length = usize::try_from(little_endian(file.get(4..8)?)).ok()?;
    file.get(12..file.len().min(length.checked_add(8)?))
}

/// Splits the first chunk into its name and data, and returns the others.
fn next_chunk(chunks: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (name, length) = (chunks.get(..4)?, chunks.get(4..8)?);
    let (length, rest) = (usize::try_from(little_endian(length)).ok()?, chunks.get(8..)?);
    // Chunks are padded to an even length; the last one may lack the padding.
    let others = rest.get(length.next_multiple_of(2)..).unwrap_or_default();
    Some((name, rest.get(..length)?, others))
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
